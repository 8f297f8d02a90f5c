import type { Protocol } from '@stepfit/tuner/compare/protocols';
import type { TraceTask } from '@stepfit/tuner/compare/sizer';

import { RISK_BUDGET } from './line-up.ts';
import { percent } from './result-tables.ts';
import type { Table } from './table.ts';

/** A task with its first allocation. */
export interface Sized {
  readonly task: TraceTask;
  readonly allocatedMiB: number;
}

/** First allocations by step, in the order in which they were made. */
export type SizedSteps = ReadonlyMap<string, readonly Sized[]>;

/** The later half of a step's tasks, and what went before. */
interface Halves {
  readonly step: string;
  readonly earlier: readonly Sized[];
  readonly later: readonly Sized[];
  readonly failures: number;
}

function isFailed({ task, allocatedMiB }: Sized): boolean {
  return allocatedMiB < task.needMiB;
}

function toHalves(step: string, sized: readonly Sized[]): Halves {
  const middle = Math.ceil(sized.length / 2);
  const later = sized.slice(middle);
  const failures = later.filter(isFailed).length;
  return { step, earlier: sized.slice(0, middle), later, failures };
}

function rateOf({ failures, later }: Halves): number {
  return failures / later.length;
}

/** `P(X ≥ k)` for X ~ Binomial(n, p). */
function atLeast(k: number, n: number, p: number): number {
  let term = (1 - p) ** n;
  let below = 0;
  for (let i = 0; i < k; i++) {
    below += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return Math.max(0, 1 - below);
}

/** Fewest failures that put the realised rate above the budget. */
function tooMany(attempts: number): number {
  return Math.floor(RISK_BUDGET * attempts) + 1;
}

function needsOf(sized: readonly Sized[]): number[] {
  return sized.map(({ task }) => task.needMiB).toSorted((one, other) => one - other);
}

function medianOf(values: readonly number[]): number {
  return values[Math.floor(values.length / 2)] ?? Number.NaN;
}

function growthOf(earlier: readonly number[], later: readonly number[]): number {
  return medianOf(later) / medianOf(earlier);
}

/** Largest need that could be known when each task was sized, MiB; 0 for none. */
function largestKnown(sized: readonly Sized[], protocol: Protocol): number[] {
  if (protocol === 'async') {
    return sized.map(({ task: { launch } }) =>
      sized.reduce(
        (most, { task }) =>
          task.completedAtMs <= launch.submittedAtMs ? Math.max(most, task.needMiB) : most,
        0,
      ),
    );
  }
  let largestMiB = 0;
  return sized.map(({ task }) => {
    const known = largestMiB;
    largestMiB = Math.max(largestMiB, task.needMiB);
    return known;
  });
}

/** What the data tell: was it beyond everything known, did the need move, is the tail heavy, are there few? */
function* causesOf(halves: Halves, protocol: Protocol): Generator<string> {
  const { earlier, later, failures } = halves;
  const sized = [...earlier, ...later];
  const known = largestKnown(sized, protocol).slice(earlier.length);
  const beyond = later.filter(
    (attempt, place) => isFailed(attempt) && attempt.task.needMiB > (known[place] ?? 0),
  ).length;
  if (beyond > 0) yield `${beyond} of ${failures} beyond all that was known then`;
  const growth = growthOf(needsOf(earlier), needsOf(later));
  if (growth > 1.2 || growth < 1 / 1.2) yield `drift: median need × ${growth.toFixed(2)}`;
  const needs = needsOf(sized);
  const tail = (needs.at(-1) ?? 0) / medianOf(needs);
  if (tail > 3) yield `heavy tail: largest ${tail.toFixed(1)} × median`;
  if (later.length < 1 / RISK_BUDGET) yield `few: one failure in ${later.length} is over budget`;
}

/** Steps whose realised rate of first failures in the later half exceeds the budget, by name and cause. */
export function riskTable(contender: string, protocol: Protocol, steps: SizedSteps): Table {
  const halves = [...steps].map(([step, sized]) => toHalves(step, sized));
  const over = halves
    .filter((step) => rateOf(step) > RISK_BUDGET)
    .toSorted((one, other) => surprise(one) - surprise(other));
  const proven = over.filter((step) => surprise(step) < 0.05);
  const byLuck = halves.reduce(
    (sum, { later }) => sum + atLeast(tooMany(later.length), later.length, RISK_BUDGET),
    0,
  );
  const moved = [...steps.values()].filter((sized) => isMoved(sized.at(-1))).length;
  return {
    title: `${protocol}: the budget of 1 % for each step, ${contender}`,
    notes: [
      `In the end ${moved} of ${halves.length} steps were given something else than what was declared.`,
      `Of all steps, ${over.length} (${percent(over.length / halves.length)}) had more than 1 % of ` +
        'their first attempts fail in the later half of their tasks.',
      `If each failed at exactly 1 %, ${byLuck.toFixed(1)} would by luck, since a step with fewer than 100 tasks in ` +
        'that half is over budget with its first failure.',
      `For ${proven.length} (${percent(proven.length / halves.length)}) luck is no explanation (p < 5 %).`,
    ],
    columns: ['step', 'failed of later half', 'luck (p)', 'what the data tell'],
    endsInWords: true,
    rows: over.map((step) => [
      shortName(step.step),
      `${step.failures} of ${step.later.length}`,
      surprise(step).toFixed(surprise(step) < 0.001 ? 5 : 3),
      [...causesOf(step, protocol)].join('; ') || 'within what was known then',
    ]),
  };
}

/** How likely so many failures are at exactly the budget. */
function surprise({ failures, later }: Halves): number {
  return atLeast(failures, later.length, RISK_BUDGET);
}

function isMoved(last: Sized | undefined): boolean {
  return last !== undefined && last.allocatedMiB !== last.task.launch.declaredMiB;
}

/** Nextflow’s names say the workflow again and again; the last two parts tell processes apart. */
function shortName(step: string): string {
  const [trace = '', name = ''] = step.split(': ');
  return `${trace}: ${name.split(':').slice(-2).join(':')}`;
}
