import type { Result } from '@stepfit/tuner/compare/compare';
import type { Protocol } from '@stepfit/tuner/compare/protocols';
import { firstFailureShare, type Tally, wasteGibHours } from '@stepfit/tuner/compare/tally';

import { PROTOTYPE, type PublishedFigure, SIZEY } from './published-figures.ts';
import type { Table } from './table.ts';

/** The literature counts 10⁹ bytes. */
const GB_PER_GIB = 1.073741824;

export function wasteGbHours(tally: Tally): number {
  return wasteGibHours(tally) * GB_PER_GIB;
}

export function amount(value: number): string {
  return value.toFixed(value < 100 ? 1 : 0);
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 2 : 1)} %`;
}

function median(values: readonly number[]): string {
  if (values.length === 0) return '–';
  const sorted = values.toSorted((one, other) => one - other);
  return Math.round(sorted[Math.floor(sorted.length / 2)] ?? 0).toString();
}

const AMOUNT_COLUMNS = [
  'waste GB-h',
  'over',
  'under',
  'failures',
  'first attempt ok',
  'added h',
  'µs predict',
  'µs observe',
];

function amountCells(tally: Tally): string[] {
  return [
    amount(wasteGbHours(tally)),
    amount(tally.overGibHours * GB_PER_GIB),
    amount(tally.underGibHours * GB_PER_GIB),
    String(tally.failures),
    percent(1 - firstFailureShare(tally)),
    amount(tally.addedHours),
    median(tally.predictionMicros),
    median(tally.observationMicros),
  ];
}

function publishedCells({
  wasteGbHours: waste,
  failures,
  firstFailureShare: share,
}: PublishedFigure): string[] {
  const first = share === undefined ? '–' : percent(1 - share);
  return [amount(waste), '–', '–', String(failures), first, '–', '–', '–'];
}

function publishedFor(protocol: Protocol): PublishedFigure[] {
  return [SIZEY, ...PROTOTYPE].filter((figure) => figure.protocol === protocol);
}

function publishedName({ name }: PublishedFigure): string {
  return `${name} (published)`;
}

/** All workflows together, everybody's published figures as constants below. */
export function totalTable(protocol: Protocol, results: readonly Result[]): Table {
  const tasks = results[0]?.total.tasks ?? 0;
  return {
    title: `${protocol}: all workflows, ${tasks} tasks`,
    columns: ['strategy', ...AMOUNT_COLUMNS],
    rows: [
      ...results.map(({ contender, total }) => [contender.name, ...amountCells(total)]),
      ...publishedFor(protocol).map((figure) => [publishedName(figure), ...publishedCells(figure)]),
    ],
  };
}

/** One workflow with everything. */
export function workflowTables(protocol: Protocol, results: readonly Result[]): Table[] {
  const names = results[0]?.traces.map(({ trace }) => trace) ?? [];
  return names.map((name, place) => ({
    title: `${protocol}: ${name}, ${results[0]?.traces[place]?.total.tasks} tasks`,
    columns: ['strategy', ...AMOUNT_COLUMNS],
    rows: results.flatMap(({ contender, traces }) => {
      const total = traces[place]?.total;
      return total === undefined ? [] : [[contender.name, ...amountCells(total)]];
    }),
  }));
}

/** All workflows side by side: over + under-allocation, failures. */
export function byWorkflowTable(protocol: Protocol, results: readonly Result[]): Table {
  const names = results[0]?.traces.map(({ trace }) => trace) ?? [];
  return {
    title: `${protocol}: by workflow`,
    notes: ['Over- + under-allocation in GB-hours / failed attempts.'],
    columns: ['strategy', ...names],
    rows: [
      ...results.map(({ contender, traces }) => [
        contender.name,
        ...traces.map(
          ({ total }) =>
            `${amount(total.overGibHours * GB_PER_GIB)} + ${amount(total.underGibHours * GB_PER_GIB)} / ${total.failures}`,
        ),
      ]),
      ...publishedFor(protocol)
        .filter(({ workflows }) => workflows !== undefined)
        .map((figure) => [
          publishedName(figure),
          ...names.map((name) => {
            const known = figure.workflows?.[name];
            return known === undefined ? '–' : `${amount(known[0])} / ${known[1]}`;
          }),
        ]),
    ],
  };
}

/** Waste, failures and share of first attempts that failed, for tables with a row for each variant. */
export function shortCells(tally: Tally): string[] {
  return [amount(wasteGbHours(tally)), String(tally.failures), percent(firstFailureShare(tally))];
}
