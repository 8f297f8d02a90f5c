import type { TraceFile } from '@stepfit/api/replay/read-traces';
import type { TraceTask } from '@stepfit/tuner/compare/sizer';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { exportTraces } from '@stepfit/tuner/traces/export-trace';

import { attemptsWithPeaks } from '../../tuner/support/attempts.ts';

const HOUR_MS = 3_600_000;

/** Two steps: one whose need follows its input, one that needs about the same each time; both ask for far more. */
export function sampleTrace(name = 'march'): TraceFile {
  const tasks = Array.from({ length: 48 }, (_, index): TraceTask => {
    const isAlign = index % 2 === 0;
    const input = 1e9 * (1 + ((index * 7) % 23));
    const submittedAtMs = Math.floor(index / 6) * HOUR_MS;
    return {
      launch: {
        step: isAlign ? 'ALIGN' : 'QC <fast>',
        index,
        submittedAtMs,
        declaredMiB: isAlign ? 32_768 : 4096,
        features: { input },
      },
      completedAtMs: submittedAtMs + HOUR_MS / 2,
      needMiB: isAlign ? 500 + input / 5e6 : 300 + (index % 5),
      hours: 0.5,
    };
  });
  return {
    path: `${name}.csv`,
    traces: [{ name, tasks }],
    steps: [],
    rows: 51,
    refusals: [
      { line: 12, name: 'ALIGN', reason: 'peak_rss cannot be read', found: 'lots' },
      { line: 31, name: 'ALIGN', reason: 'peak_rss cannot be read', found: '?' },
      { line: 40, name: '', reason: 'no step' },
    ],
    undeclared: 2,
    unfinished: 0,
  };
}

/** One exported step that asks for 16 times what it needs. */
export function sampleExport(): TraceFile {
  const history = attemptsWithPeaks([1000, 1010, 990, 1005, 1002, 998, 1001, 1003]);
  const input = {
    flow: 'TrainFlow',
    step: 'train',
    // Few attempts prove little, and little is asked of them.
    policy: { ...DEFAULT_POLICY, riskRatio: 0.5 },
    prices: EXAMPLE_PRICES,
    history,
  };
  const steps = [{ project: 'default', input }];
  return {
    path: 'train.jsonl',
    steps,
    rows: 9,
    refusals: [],
    undeclared: 0,
    ...exportTraces(steps),
  };
}
