import { type CiReport, ciReport } from '@stepfit/api/ci/ci-report';
import type { FailOn } from '@stepfit/api/ci/fail-on';
import type { Comparison } from '@stepfit/api/http/schemas/comparison';
import type { ReportRow } from '@stepfit/api/http/schemas/report';

import { reportRow } from '../support/samples.ts';

/** A branch on which `train` holds more memory, `score` cannot be told yet, and `load` wastes what it asks for. */
export function sampleReport(
  failOn: FailOn = {},
  rows: readonly ReportRow[] = [reportRow({ step: 'load' })],
): CiReport {
  const comparison: Comparison = {
    project: 'default',
    flow: 'TrainFlow',
    baseRuns: Array.from({ length: 20 }, (_, index) => `${index}`),
    headRuns: ['21', '22', '23'],
    prices: { name: 'example', isExample: true },
    steps: [
      {
        step: 'score',
        backend: 'kubernetes',
        isCodeChanged: false,
        figures: [
          {
            figure: 'cpuSeconds',
            verdict: 'untold',
            baseRuns: 20,
            headRuns: 3,
            baseMedian: 61,
            headMedian: 64.2,
            power: { seesRatio: 0.31, moreRuns: 6 },
          },
        ],
      },
      {
        step: 'train',
        backend: 'kubernetes',
        isCodeChanged: true,
        figures: [
          {
            figure: 'peakMemoryMiB',
            verdict: 'grew',
            baseRuns: 20,
            headRuns: 3,
            baseMedian: 910,
            headMedian: 1290,
            power: { seesRatio: 0.12, moreRuns: 1 },
          },
          {
            figure: 'costUsd',
            verdict: 'same',
            baseRuns: 20,
            headRuns: 3,
            baseMedian: 0.021,
            headMedian: 0.0212,
            power: { seesRatio: 0.09, moreRuns: 0 },
          },
        ],
      },
    ],
  };
  return ciReport({
    flows: [
      {
        flow: 'TrainFlow',
        path: 'flows/train, with | odd: name.py',
        line: 5,
        isInherited: false,
        steps: new Map([
          ['train', { path: 'flows/train, with | odd: name.py', line: 12 }],
          ['load', { path: 'flows/train, with | odd: name.py', line: 20 }],
        ]),
      },
    ],
    sides: { head: 'more-layers', base: 'main' },
    days: 30,
    comparisons: new Map([['TrainFlow', comparison]]),
    rows,
    failOn,
  });
}
