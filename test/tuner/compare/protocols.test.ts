import {
  type Contender,
  DECLARED,
  PEERS,
  shadowContender,
} from '@stepfit/tuner/compare/contenders';
import {
  type Protocol,
  PROTOCOLS,
  runPaper,
  runProtocol,
  splitSteps,
} from '@stepfit/tuner/compare/protocols';
import type { Launch, Sizer, TraceTask } from '@stepfit/tuner/compare/sizer';
import { sumTallies, type Tally } from '@stepfit/tuner/compare/tally';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryTrace, task, tasksNeeding } from './traces.ts';

const HOUR_MS = 3_600_000;

/** Gives every task the same, retries with twice as much, and writes down what it was told. */
function spy(firstMiB: number): Sizer & { readonly told: string[] } {
  const told: string[] = [];
  return {
    told,
    predict(launch) {
      told.push(`predict ${launch.index}`);
      return firstMiB;
    },
    observe({ launch }) {
      told.push(`learn ${launch.index}`);
    },
    observeFailure(launch, allocatedMiB) {
      told.push(`failed ${launch.index} at ${allocatedMiB}`);
    },
    retry(launch, previousMiB, failures) {
      told.push(`retry ${launch.index} after ${failures}`);
      return 2 * previousMiB;
    },
  };
}

function totalOf(protocol: Protocol, sizer: Sizer, tasks: readonly TraceTask[]): Tally {
  return sumTallies(runProtocol(protocol, sizer, tasks).values());
}

describe('the online protocol', () => {
  it('sizes tasks by submission and learns each at once, retries first', () => {
    const sizer = spy(600);
    const tasks = [task(0, { launch: { submittedAtMs: 9 * HOUR_MS } }), task(1)];

    runProtocol('online', sizer, tasks);

    expect(sizer.told).toEqual([
      'predict 1',
      'failed 1 at 600',
      'retry 1 after 1',
      'learn 1',
      'predict 0',
      'failed 0 at 600',
      'retry 0 after 1',
      'learn 0',
    ]);
  });

  it('counts a failed attempt for its whole time, and what is left over of the one that was enough', () => {
    const tally = totalOf('online', spy(512), [task(0, { needMiB: 1000, hours: 2 })]);

    expect(tally).toMatchObject({
      tasks: 1,
      failures: 1,
      firstFailures: 1,
      addedHours: 2,
      underGibHours: (512 / 1024) * 2,
      overGibHours: (24 / 1024) * 2,
      neededGibHours: (1000 / 1024) * 2,
    });
  });

  it('ends a task whose sizer never gives enough', () => {
    const stuck: Sizer = { predict: () => 0, observe: () => undefined, retry: () => Number.NaN };

    const tally = totalOf('online', stuck, [task(0)]);

    expect(tally.failures).toBeGreaterThan(1);
    expect(Number.isFinite(tally.overGibHours)).toBe(true);
  });
});

describe('the async protocol', () => {
  it('learns an outcome when the task ends, which failures delay, and repeats a failure at once', () => {
    const sizer = spy(600);
    const long = task(0, { hours: 3, needMiB: 500 });
    const failing = task(1, { launch: { submittedAtMs: HOUR_MS }, needMiB: 1000 });
    const late = task(2, { launch: { submittedAtMs: 2.5 * HOUR_MS }, needMiB: 500 });

    runProtocol('async', sizer, [long, failing, late]);

    expect(sizer.told).toEqual([
      'predict 0',
      'predict 1',
      'failed 1 at 600',
      'retry 1 after 1',
      'predict 2',
      'learn 0',
      'learn 1',
      'learn 2',
    ]);
  });

  it('lets an outcome be known to whoever starts at that moment', () => {
    const sizer = spy(4000);

    runProtocol('async', sizer, [task(0), task(1, { launch: { submittedAtMs: HOUR_MS } })]);

    expect(sizer.told).toEqual(['predict 0', 'learn 0', 'predict 1', 'learn 1']);
  });
});

describe('the paper protocol', () => {
  const tasks = tasksNeeding(Array.from({ length: 10 }, (_, index) => 100 * (index + 1)));

  it('sizes the first 70 % of a seeded shuffle, after the rest is known', () => {
    const sizer = spy(4000);

    runPaper([sizer], tasks, { seed: 0 });

    expect(sizer.told.slice(0, 4)).toEqual(['learn 3', 'learn 0', 'learn 5', 'predict 2']);
    expect(sizer.told.filter((line) => line.startsWith('predict'))).toEqual(
      [2, 8, 4, 9, 1, 6, 7].map((index) => `predict ${index}`),
    );
  });

  it('splits every step by itself and loses nothing', () => {
    fc.assert(
      fc.property(arbitraryTrace, (trace) => {
        const splits = splitSteps(trace);

        const members = splits.flatMap(({ test, train }) => [...test, ...train]);
        expect(members).toHaveLength(trace.length);
        expect(new Set(members)).toEqual(new Set(trace));
        for (const { test, train } of splits) {
          expect(test.length).toBe(Math.ceil(0.7 * (test.length + train.length)));
          expect(new Set([...test, ...train].map(({ launch }) => launch.step)).size).toBe(1);
        }
      }),
    );
  });
});

describe('every protocol', () => {
  it.each(PROTOCOLS)(
    '%s gives a sizer a launch and nothing more before the task ends',
    (protocol) => {
      const seen: Launch[] = [];
      const sizer: Sizer = {
        predict: (launch) => seen.push(launch),
        observe: () => undefined,
        retry: (launch, previousMiB) => {
          seen.push(launch);
          return 2 * previousMiB;
        },
      };

      runProtocol(protocol, sizer, tasksNeeding([2000, 1500, 900, 3000]));

      expect(seen.length).toBeGreaterThan(2);
      for (const launch of seen) {
        expect(Object.keys(launch).toSorted()).toEqual([
          'declaredMiB',
          'features',
          'index',
          'step',
          'submittedAtMs',
        ]);
      }
    },
  );

  it.each(PROTOCOLS)(
    '%s is deterministic, counts each task once and wastes nothing below zero',
    (protocol) => {
      fc.assert(
        fc.property(arbitraryTrace, (trace) => {
          const [first, again] = [0, 1].map(() => totalOf(protocol, spy(2000), trace));
          const sized =
            protocol === 'paper' ? splitSteps(trace).flatMap(({ test }) => test) : trace;

          expect(again).toEqual(first);
          expect(first?.tasks).toBe(sized.length);
          expect(first?.overGibHours).toBeGreaterThanOrEqual(0);
          expect(first?.firstFailures).toBe(sized.filter(({ needMiB }) => needMiB > 2000).length);
        }),
      );
    },
  );
});

/** What each task was given first, by index. */
function allocations(
  contender: Contender,
  protocol: Protocol,
  trace: readonly TraceTask[],
): Map<number, number> {
  const given = new Map<number, number>();
  contender.run(protocol, trace, {
    onSized: ({ launch }, allocatedMiB) => given.set(launch.index, allocatedMiB),
  });
  return given;
}

/** Whether task `one` is sized before the end of task `other` can be known. */
const CANNOT_KNOW: Readonly<
  Record<Exclude<Protocol, 'paper'>, (one: TraceTask, other: TraceTask) => boolean>
> = {
  online: (one, other) =>
    one.launch.submittedAtMs < other.launch.submittedAtMs ||
    (one.launch.submittedAtMs === other.launch.submittedAtMs &&
      one.launch.index <= other.launch.index),
  async: (one, other) => one.launch.submittedAtMs < other.completedAtMs,
};

describe('the future', () => {
  const contenders = [DECLARED, ...PEERS, shadowContender()];
  const cases = contenders.flatMap((contender) =>
    (['online', 'async'] as const).map(
      (protocol) => [contender.name, protocol, contender] as const,
    ),
  );

  it.each(cases)('does not reach %s under %s', (_name, protocol, contender) => {
    fc.assert(
      fc.property(
        arbitraryTrace,
        fc.nat(),
        fc.integer({ min: 1, max: 8000 }),
        (trace, pick, needMiB) => {
          const place = pick % trace.length;
          const changed = trace.map((one, index) => (index === place ? { ...one, needMiB } : one));
          const before = allocations(contender, protocol, trace);
          const after = allocations(contender, protocol, changed);

          const other = trace[place] as TraceTask;
          const blind = trace.filter((one) => CANNOT_KNOW[protocol](one, other));
          expect(blind).toContain(other);
          for (const { launch } of blind) {
            expect(after.get(launch.index)).toBe(before.get(launch.index));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
