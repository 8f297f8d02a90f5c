import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { CollectorContext } from '../collector-context.ts';
import { isDataException } from '../db/data-exception.ts';
import { stepKey } from '../usage/admit-steps.ts';
import { recordUsage } from '../usage/record-usage.ts';
import { type AttemptReport, countPoints } from '../usage/usage-report.ts';

/** Stores the reports of many requests in few transactions. */
export interface UsageWriter {
  /**
   * Resolves once the reports are committed, with the keys of steps that the project had no room for.
   *
   * @throws {StepfitError} `store-unavailable` when too much is waiting or the store cannot be reached.
   */
  write(reports: readonly AttemptReport[]): Promise<ReadonlySet<string>>;
  /** Waits until everything accepted is stored; refuses what comes after. */
  close(): Promise<void>;
}

interface Submission {
  readonly reports: readonly AttemptReport[];
  /** What they cost to hold and store, in points. */
  readonly weight: number;
  resolve(refusedSteps: ReadonlySet<string>): void;
  reject(error: unknown): void;
}

/**
 * Points in one transaction: enough that the round trips are a small part of it, few enough that it takes
 * well under a second on PGlite.
 */
const MAX_POINTS_PER_COMMIT = 20_000;
/** A report costs its row besides its points; a span's has none. About what a sampler sends with each. */
const POINTS_A_ROW = 10;

/**
 * Group commit: one transaction at a time, and whatever arrives during it shares the next. A lone request
 * waits for nothing; under load the cost of a transaction is shared, without a timer to tune.
 */
export function createUsageWriter(context: CollectorContext): UsageWriter {
  const { store, clock, limits, meters } = context;
  const waiting: Submission[] = [];
  let waitingWeight = 0;
  let isClosed = false;
  let draining: Promise<void> | undefined;

  async function commit(reports: readonly AttemptReport[]): Promise<ReadonlySet<string>> {
    const startedAt = performance.now();
    const { refusedSteps } = await recordUsage(store.db, reports, {
      now: clock(),
      maxStepsPerProject: limits.maxStepsPerProject,
    });
    const stored = reports.filter(({ identity }) => !refusedSteps.has(stepKey(identity)));
    const points = stored.reduce((sum, report) => sum + countPoints(report), 0);
    meters?.pointsStored(points, performance.now() - startedAt);
    return refusedSteps;
  }

  async function commitTogether(batch: readonly Submission[]): Promise<void> {
    try {
      const refusedSteps = await commit(batch.flatMap(({ reports }) => reports));
      for (const submission of batch) submission.resolve(refusedSteps);
    } catch (error) {
      if (batch.length > 1 && isDataException(error)) {
        // One request must not fail for what is wrong with another.
        for (const submission of batch) await commitTogether([submission]);
      } else {
        for (const submission of batch) submission.reject(error);
      }
    }
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      const batch = takeBatch(waiting);
      waitingWeight -= batch.reduce((sum, { weight }) => sum + weight, 0);
      await commitTogether(batch);
    }
    draining = undefined;
  }

  return {
    async write(reports) {
      if (isClosed) throw new StepfitError('store-unavailable', 'The collector is shutting down.');
      const weight = reports.reduce((sum, report) => sum + POINTS_A_ROW + countPoints(report), 0);
      if (waitingWeight > 0 && waitingWeight + weight > limits.maxWaitingPoints) {
        throw new StepfitError('store-unavailable', 'The store is behind with what it was sent.', {
          hint: 'Send again later.',
        });
      }
      waitingWeight += weight;
      return new Promise((resolve, reject) => {
        waiting.push({ reports, weight, resolve, reject });
        draining ??= drain();
      });
    },
    async close() {
      isClosed = true;
      await draining;
    },
  };
}

function takeBatch(waiting: Submission[]): readonly Submission[] {
  let weight = 0;
  let count = 0;
  for (const submission of waiting) {
    weight += submission.weight;
    if (count > 0 && weight > MAX_POINTS_PER_COMMIT) break;
    count += 1;
  }
  return waiting.splice(0, count);
}
