import type { Trace } from '@stepfit/tuner/compare/sizer';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { surprisesOf } from '@stepfit/tuner/sizing/bounds/surprise-tail';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';

import { percent } from './result-tables.ts';
import { toAttemptUsage } from './suggestion-sizer.ts';
import type { Table } from './table.ts';

const RATIOS = [1.02, 1.05, 1.1, 1.2, 1.5, 2, 3, 5, 10];

/**
 * How far steps went when they needed more than ever before, beside what the default policy supposes of it:
 * the supposition that a bound on few attempts rests on has to lie above what happened, at every ratio.
 */
export function surpriseTable(traces: readonly Trace[]): Table {
  const { tailIndex, minAttempts } = DEFAULT_POLICY;
  const steps = traces.flatMap(({ tasks }) => [
    ...Map.groupBy(tasks, ({ launch }) => launch.step).values(),
  ]);
  const surprises = steps.flatMap((tasks) =>
    surprisesOf(observeMemory(tasks.map(toAttemptUsage)), minAttempts),
  );
  const expected = steps.reduce((sum, tasks) => sum + luckyRecords(tasks.length, minAttempts), 0);
  return {
    title: 'How far steps went when they needed more than ever before',
    notes: [
      `${surprises.length} times a step needed more than in all of its first ${minAttempts} or more attempts; ` +
        `were attempts exchangeable, it would have been ${expected.toFixed(0)} times (at most 10 of a step are counted, the newest).`,
      `Supposed: of those, at most c^−${tailIndex} go beyond c times the largest need before.`,
    ],
    columns: ['beyond, times the largest before', 'of these surprises', 'supposed'],
    rows: RATIOS.map((ratio) => {
      const beyond = surprises.filter((surprise) => surprise > ratio).length;
      return [
        `${ratio}`,
        `${beyond} (${percent(beyond / surprises.length)})`,
        percent(ratio ** -tailIndex),
      ];
    }),
  };
}

/** New largest needs among exchangeable ones, from attempt `first` on: attempt i is one in 1 of i cases. */
function luckyRecords(attempts: number, first: number): number {
  let records = 0;
  for (let attempt = first + 1; attempt <= attempts; attempt += 1) records += 1 / attempt;
  return records;
}
