import type { Store } from '@stepfit/collector/db/open-store';
import type { Logger } from '@stepfit/collector/logging/logger';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { sql } from 'kysely';

import { type DatedExample, loadExamples, type ProjectExamples } from './load-examples.ts';
import { attemptsAtLastTraining, dropOldNets, NETS_KEPT, storeNet } from './net-store.ts';
import { trainQuantileNet, type TrainQuantileNetOptions } from './train-quantile-net.ts';

export interface NetTrainerContext {
  readonly store: Store;
  readonly clock: () => Date;
  readonly log: Logger;
  readonly training?: TrainQuantileNetOptions;
  /** Longest time for one network, ms. */
  readonly limitMs?: number;
}

export interface NetTrainer {
  /** Trains what is due in every project, one network after the other; returns how many. */
  readonly round: (signal?: AbortSignal) => Promise<number>;
}

/** A project with fewer attempts has no network: its steps have hardly more than their forms need. */
const FIRST_ATTEMPTS = 100;
/** Half as many attempts again make another network worth its seconds. */
const GROWTH = 1.5;
/** Training takes seconds; what takes minutes hangs. */
const LIMIT_MS = 180_000;

/**
 * Trains networks for projects that have steps with several features, whenever a project has grown enough.
 * The first time, a long history gets several, each on what had ended by some moment, so that evidence can
 * ask about the past what was known in it.
 *
 * Nothing that happens to a training reaches the caller: it is logged, and tried again when the project has
 * grown once more. Without TensorFlow.js nothing is trained, and the log says so once.
 */
export function createNetTrainer(context: NetTrainerContext): NetTrainer {
  const { store, log } = context;
  /** Attempts that a project had when it was last looked at. */
  const lookedAt = new Map<string, number>();
  let isPossible = true;

  function hasGrown(attempts: number, known: number): boolean {
    return attempts >= Math.max(FIRST_ATTEMPTS, GROWTH * known);
  }

  /** Another replica may have trained since this one looked. */
  async function isDue(project: string, attempts: number): Promise<boolean> {
    if (!hasGrown(attempts, lookedAt.get(project) ?? 0)) return false;
    const trainedAt = await attemptsAtLastTraining(store.db, project);
    lookedAt.set(project, Math.max(trainedAt, lookedAt.get(project) ?? 0));
    return hasGrown(attempts, trainedAt);
  }

  return {
    async round(signal) {
      let trained = 0;
      for (const { project, attempts } of isPossible ? await countAttempts(store.db) : []) {
        if (!(await isDue(project, attempts))) continue;
        lookedAt.set(project, attempts);
        try {
          trained += await trainProject(context, project, attempts, signal);
        } catch (error) {
          if (signal?.aborted === true) break;
          if (error instanceof StepfitError && error.code === 'not-found') {
            isPossible = false;
            log.info({ hint: error.hint }, 'no network is trained: TensorFlow.js is not installed');
            break;
          }
          log.warn({ err: error, project }, 'a network could not be trained');
        }
      }
      return trained;
    },
  };
}

async function countAttempts(
  db: Store['db'],
): Promise<readonly { readonly project: string; readonly attempts: number }[]> {
  const { rows } = await sql<{ project: string; attempts: number }>`
    select project, sum(settled_attempts)::int as attempts from step
    group by project order by project`.execute(db);
  return rows;
}

async function trainProject(
  { store, clock, log, training = {}, limitMs = LIMIT_MS }: NetTrainerContext,
  project: string,
  attempts: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  const { examples, steps } = await loadExamples(store.db, project);
  if (steps.length === 0) return 0;
  const isFirst = (await attemptsAtLastTraining(store.db, project)) === 0;
  const cuts = isFirst ? cutsOf(examples.length) : [examples.length];
  for (const cut of cuts) {
    const learnt = examples.slice(0, cut);
    const startedAtMs = clock().getTime();
    const { weights } = await trainQuantileNet(
      learnt.map(({ example }) => example),
      { ...training, signal: withLimit(signal, limitMs) },
    );
    const learntUntilMs = lastEnd(learnt);
    const isNewest = cut === examples.length;
    await storeNet(
      store.db,
      project,
      { learntUntilMs, weights },
      { attempts: isNewest ? attempts : cut, at: clock() },
    );
    const durationMs = clock().getTime() - startedAtMs;
    log.info({ project, attempts: cut, durationMs }, 'a network was trained');
  }
  await dropOldNets(store.db, project);
  await makeDue(store.db, project, steps, clock());
  return cuts.length;
}

/** How many of the examples each network learns from, ascending; the last learns from all. */
function cutsOf(examples: number): number[] {
  const cuts: number[] = [];
  for (let cut = examples; cut >= FIRST_ATTEMPTS && cuts.length < NETS_KEPT; cut /= GROWTH) {
    cuts.unshift(Math.floor(cut));
  }
  return cuts;
}

function lastEnd(examples: readonly DatedExample[]): number {
  return examples.reduce((last, { endedAtMs }) => Math.max(last, endedAtMs), 0);
}

function withLimit(signal: AbortSignal | undefined, limitMs: number): AbortSignal {
  const limit = AbortSignal.timeout(limitMs);
  return signal === undefined ? limit : AbortSignal.any([signal, limit]);
}

/** Steps that a network may now have a say in are looked at again. */
async function makeDue(
  db: Store['db'],
  project: string,
  steps: ProjectExamples['steps'],
  now: Date,
): Promise<void> {
  for (const { flow, step } of steps) {
    await db
      .updateTable('step')
      .set({ tune_due_at: now })
      .where('project', '=', project)
      .where('flow', '=', flow)
      .where('step', '=', step)
      .where('tune_due_at', 'is', null)
      .execute();
  }
}
