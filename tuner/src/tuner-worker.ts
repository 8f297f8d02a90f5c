import type { Store } from '@stepfit/collector/db/open-store';
import { type Job, startJob } from '@stepfit/collector/jobs/job';
import type { Logger } from '@stepfit/collector/logging/logger';
import { sql } from 'kysely';

import { createDecider } from './deciding/decider.ts';
import { loadStepInput, type ProjectSources } from './history/load-step-input.ts';
import type { StepKey } from './history/step-key.ts';
import { needRatios, type NeedRatios } from './learning/cold-start.ts';
import { recordVerdict, type VerdictToRecord } from './lifecycle/record-verdict.ts';
import { wakeSnoozed } from './lifecycle/wake-snoozed.ts';
import type { Prices } from './model/prices.ts';
import type { Verdict } from './model/suggestion.ts';
import { createNetTrainer, type NetTrainerContext } from './quantile-net/train-due-nets.ts';
import { surprisesOf } from './sizing/bounds/surprise-tail.ts';
import { observeMemory } from './sizing/memory-observation.ts';
import { contentId } from './suggestion/content-id.ts';
import { decideStep, type StepInput } from './suggestion/decide-step.ts';
import { type BasisKeeper, dropUnusedBasis } from './suggestion/verdict-basis.ts';
import { createTunerMemory, type TunerMemory } from './tuner-memory.ts';

/** Where the tuner reports on itself; the service connects it to OpenTelemetry. */
export interface TunerMeters {
  /** Steps that one pass gave a verdict on, and how long the pass took. */
  stepsTuned(count: number, durationMs: number): void;
}

export interface TunerContext {
  readonly store: Store;
  readonly clock: () => Date;
  readonly log: Logger;
  readonly prices: Prices;
  readonly meters?: TunerMeters;
  /** Whether networks are trained, and asked where a step states several features; not unless given. */
  readonly network?: 'on' | 'off';
  /** Comes to verdicts; `decideStep` in the caller's thread unless given. */
  readonly decide?: (input: StepInput) => Verdict | Promise<Verdict>;
}

/** Small, so that several workers share a burst of due steps; large enough that claiming costs little. */
const BATCH_STEPS = 8;
/** Longer than a batch takes, short enough that a step whose worker died is soon taken by another. */
const LEASE_MS = 60_000;
/** Whether a project has grown enough for another network need not be known sooner. */
const TRAINING_REST_MS = 30_000;
const CLEANING_REST_MS = 3_600_000;
/** A step that could not be tuned is tried again after this; its failure is logged each time. */
const BACKOFF_MS = 300_000;

/**
 * Tunes due steps until stopped: a pass, a pause of `pollMs`, the next pass. Verdicts are come to in a thread
 * beside this one. Networks are trained, each in a thread of its own, and what no verdict rests on any more is
 * dropped; neither keeps tuning waiting. Any number of workers and replicas may run on one store. `stop` waits for the step in hand.
 */
export function startTuner(
  context: TunerContext & Pick<NetTrainerContext, 'training'> & { readonly pollMs: number },
): {
  stop(): Promise<void>;
} {
  const { store, clock, log, pollMs, network } = context;
  const stopping = new AbortController();
  const { signal } = stopping;
  const memory = memoryFor(context);
  const { decide, stop: stopDeciding } = createDecider();
  function repeat(name: string, restMs: number, round: () => Promise<unknown>): Job {
    return startJob({ name, restMs, log, round: async () => round().then(() => false) });
  }
  const trainer = createNetTrainer(context);
  const jobs = [
    repeat('tune', pollMs, async () => {
      await wakeSnoozed(store.db, clock());
      return tuneDueSteps({ decide, ...context }, signal, memory);
    }),
    repeat('drop-unused-basis', CLEANING_REST_MS, async () => dropUnusedBasis(store.db, clock())),
    ...(network === 'on'
      ? [repeat('train', TRAINING_REST_MS, async () => trainer.round(signal))]
      : []),
  ];
  return {
    async stop() {
      stopping.abort();
      await Promise.all(jobs.map(async (job) => job.stop()));
      await stopDeciding();
    },
  };
}

function memoryFor({ store, network }: TunerContext): TunerMemory {
  return createTunerMemory(store, { asksNetwork: network === 'on' });
}

/**
 * Tunes every step that is due, and returns how many got a verdict.
 *
 * Steps are claimed a few at a time by moving their due time a minute ahead, skipping those that another
 * worker is claiming; nothing is locked while history is read and sized. A verdict is written only if the
 * step is still as it was claimed; if an attempt arrived in between, the step is due again and that verdict
 * would be stale. A step that fails is logged, put off, and does not keep the others waiting.
 *
 * @throws when the store cannot be reached.
 */
export async function tuneDueSteps(
  context: TunerContext,
  signal?: AbortSignal,
  memory: TunerMemory = memoryFor(context),
): Promise<number> {
  const startedAtMs = context.clock().getTime();
  const pass = { ...context, basis: memory.basis, sources: memory.startPass() };
  let tuned = 0;
  for (;;) {
    const claims = await claimDueSteps(context);
    if (claims.length === 0) break;
    for (const claim of claims) {
      if (signal?.aborted === true) await reschedule(context, claim, context.clock());
      else if (await tuneStep(pass, claim)) tuned += 1;
    }
    if (signal?.aborted === true) break;
  }
  if (tuned > 0) context.meters?.stepsTuned(tuned, context.clock().getTime() - startedAtMs);
  return tuned;
}

/** A step as it was when it was claimed. */
interface Claim extends StepKey {
  readonly dueAt: Date;
  readonly settledAttempts: number;
}

async function claimDueSteps({ store, clock }: TunerContext): Promise<Claim[]> {
  const now = clock();
  const dueAt = new Date(now.getTime() + LEASE_MS);
  const claimed = await sql<StepKey & { settled_attempts: number }>`
    update step set tune_due_at = ${dueAt.toISOString()}::timestamptz
    from (
      select project, flow, step from step
      where tune_due_at <= ${now.toISOString()}::timestamptz
      order by tune_due_at
      limit ${BATCH_STEPS}
      for update skip locked
    ) due
    where step.project = due.project and step.flow = due.flow and step.step = due.step
    returning step.project, step.flow, step.step, step.settled_attempts`.execute(store.db);
  return claimed.rows.map(({ settled_attempts: settledAttempts, ...key }) => ({
    ...key,
    dueAt,
    settledAttempts,
  }));
}

/** What a pass over due steps works with. */
interface Pass extends TunerContext {
  readonly sources: ProjectSources;
  readonly basis: BasisKeeper;
}

async function tuneStep(pass: Pass, claim: Claim): Promise<boolean> {
  const { store, clock, log, prices, sources, basis, decide = decideStep } = pass;
  const { project, flow, step } = claim;
  try {
    const input = await loadStepInput(store.db, claim, prices, sources);
    const { history, policy } = input;
    const verdict = await decide(input);
    const at = clock();
    return await writeVerdict(store, claim, {
      verdict,
      history,
      policy,
      prices,
      basisIds: await basis.keep(project, input, at),
      surprises: surprisesOf(observeMemory(history), policy.minAttempts),
      ratios: needRatios(history, policy.minAttempts),
      at,
    });
  } catch (error) {
    log.error({ err: error, project, flow, step }, 'a step could not be tuned');
    await reschedule(pass, claim, new Date(clock().getTime() + BACKOFF_MS));
    return false;
  }
}

/** Returns false where the step has become due again since it was claimed. */
async function writeVerdict(
  store: Store,
  claim: Claim,
  {
    basisIds,
    surprises,
    ratios,
    ...found
  }: Omit<VerdictToRecord, 'key'> & {
    readonly basisIds: readonly string[];
    readonly surprises: number[];
    readonly ratios: NeedRatios;
  },
): Promise<boolean> {
  const { project, flow, step } = claim;
  return store.db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('step')
      .set({
        tune_due_at: null,
        tuned_at: found.at,
        surprise_ratios: surprises,
        memory_need_ratio: ratios.memory ?? null,
        cpu_need_ratio: ratios.cores ?? null,
        verdict_id: contentId(found.verdict),
        basis_ids: [...basisIds],
      })
      .where('project', '=', project)
      .where('flow', '=', flow)
      .where('step', '=', step)
      .where('tune_due_at', '=', claim.dueAt)
      .where('settled_attempts', '=', claim.settledAttempts)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await recordVerdict(tx, { key: { project, flow, step }, ...found });
    return true;
  });
}

/** Makes a claimed step due at another time, unless it has become due by itself since. */
async function reschedule({ store }: TunerContext, claim: Claim, dueAt: Date): Promise<void> {
  await store.db
    .updateTable('step')
    .set({ tune_due_at: dueAt })
    .where('project', '=', claim.project)
    .where('flow', '=', claim.flow)
    .where('step', '=', claim.step)
    .where('tune_due_at', '=', claim.dueAt)
    .execute();
}
