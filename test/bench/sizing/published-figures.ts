import type { Protocol } from '@stepfit/tuner/compare/protocols';

/** What others measured: constants, not run here. */
export interface PublishedFigure {
  readonly name: string;
  readonly protocol: Protocol;
  /** GB-hours (10⁹ bytes) and failed attempts of each workflow, where they were kept apart. */
  readonly workflows?: Readonly<Record<string, readonly [wasteGbHours: number, failures: number]>>;
  readonly wasteGbHours: number;
  readonly failures: number;
  /** Share of tasks whose first attempt failed. */
  readonly firstFailureShare?: number;
}

/** Sizey (Bader et al., IEEE CLUSTER 2024, arXiv 2407.16353): its published code, run with seed 1996. */
export const SIZEY: PublishedFigure = {
  name: 'Sizey',
  protocol: 'paper',
  workflows: {
    chipseq: [79.4, 315],
    eager: [674.5, 159],
    iwd: [0.4, 165],
    methylseq: [630.8, 99],
  },
  wasteGbHours: 1385,
  failures: 738,
  firstFailureShare: 0.14,
};

/**
 * The prototype from which the shadow method was built (Python, one run of each protocol on the same four
 * workflows): the curve to beat.
 */
export const PROTOTYPE: readonly PublishedFigure[] = [
  {
    name: 'prototype, λ = 1',
    protocol: 'paper',
    workflows: { chipseq: [48, 58], eager: [207.9, 37], iwd: [0.3, 34], methylseq: [251.1, 18] },
    wasteGbHours: 507,
    failures: 147,
    firstFailureShare: 0.031,
  },
  {
    name: 'prototype, λ = 4',
    protocol: 'paper',
    workflows: { chipseq: [47.9, 37], eager: [250.5, 27], iwd: [0.3, 26], methylseq: [250.6, 14] },
    wasteGbHours: 549,
    failures: 104,
    firstFailureShare: 0.022,
  },
  {
    name: 'prototype, λ = 10',
    protocol: 'paper',
    workflows: { chipseq: [50.9, 29], eager: [293.1, 22], iwd: [0.3, 17], methylseq: [267.2, 11] },
    wasteGbHours: 612,
    failures: 79,
    firstFailureShare: 0.016,
  },
  {
    name: 'prototype, λ = 30',
    protocol: 'paper',
    workflows: { chipseq: [62, 18], eager: [392, 20], iwd: [0.4, 13], methylseq: [413.3, 7] },
    wasteGbHours: 868,
    failures: 58,
    firstFailureShare: 0.012,
  },
  {
    name: 'prototype, λ = 1',
    protocol: 'online',
    workflows: {
      chipseq: [75.4, 123],
      eager: [343.2, 87],
      iwd: [0.7, 135],
      methylseq: [565.1, 66],
    },
    wasteGbHours: 985,
    failures: 411,
    firstFailureShare: 0.057,
  },
  {
    name: 'prototype, λ = 10',
    protocol: 'online',
    workflows: { chipseq: [86.5, 41], eager: [598.2, 61], iwd: [0.7, 68], methylseq: [865, 42] },
    wasteGbHours: 1550,
    failures: 212,
    firstFailureShare: 0.029,
  },
  {
    name: 'prototype, λ = 30',
    protocol: 'online',
    workflows: { chipseq: [111.8, 18], eager: [522, 48], iwd: [2, 52], methylseq: [2778.7, 28] },
    wasteGbHours: 3415,
    failures: 146,
    firstFailureShare: 0.02,
  },
  { name: 'prototype, λ = 1', protocol: 'async', wasteGbHours: 6623, failures: 1136 },
];
