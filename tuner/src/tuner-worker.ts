import type { Store } from '@stepfit/collector/db/open-store';
import { startJob } from '@stepfit/collector/jobs/job';
import type { Logger } from '@stepfit/collector/logging/logger';
import { sql } from 'kysely';

import { loadProjectFacts } from './history/load-project-facts.ts';
import { loadStepInput } from './history/load-step-input.ts';
import type { StepKey } from './history/step-key.ts';
import { needRatios, type NeedRatios } from './learning/cold-start.ts';
import type { Prices } from './model/prices.ts';
import type { ProjectFacts } from './model/project-facts.ts';
import type { Verdict } from './model/suggestion.ts';
import { surprisesOf } from './sizing/bounds/surprise-tail.ts';
import { observeMemory } from './sizing/memory-observation.ts';
import { decideStep } from './suggestion/decide-step.ts';
import { recordVerdict } from './suggestion/record-verdict.ts';

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
}

/** Small, so that several workers share a burst of due steps; large enough that claiming costs little. */
const BATCH_STEPS = 8;
/** Longer than a batch takes, short enough that a step whose worker died is soon taken by another. */
const LEASE_MS = 60_000;
/** A step that could not be tuned is tried again after this; its failure is logged each time. */
const BACKOFF_MS = 300_000;

/**
 * Tunes due steps until stopped: a pass, a pause of `pollMs`, the next pass. Any number of workers and
 * replicas may run on one store. `stop` waits for the step in hand.
 */
export function startTuner(context: TunerContext & { readonly pollMs: number }): {
  stop(): Promise<void>;
} {
  const stopping = new AbortController();
  const job = startJob({
    name: 'tune',
    restMs: context.pollMs,
    log: context.log,
    async round() {
      await tuneDueSteps(context, stopping.signal);
      return false;
    },
  });
  return {
    async stop() {
      stopping.abort();
      await job.stop();
    },
  };
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
export async function tuneDueSteps(context: TunerContext, signal?: AbortSignal): Promise<number> {
  const startedAtMs = context.clock().getTime();
  const factsOf = rememberProjectFacts(context);
  let tuned = 0;
  for (;;) {
    const claims = await claimDueSteps(context);
    if (claims.length === 0) break;
    for (const claim of claims) {
      if (signal?.aborted === true) await reschedule(context, claim, context.clock());
      else if (await tuneStep(context, claim, factsOf)) tuned += 1;
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

type ProjectFactsSource = (project: string) => Promise<ProjectFacts>;

/** Read once a pass: they move little with one attempt more. */
function rememberProjectFacts({ store }: TunerContext): ProjectFactsSource {
  const known = new Map<string, Promise<ProjectFacts>>();
  return (project) => {
    const facts = known.get(project) ?? loadProjectFacts(store.db, project);
    known.set(project, facts);
    return facts;
  };
}

async function tuneStep(
  context: TunerContext,
  claim: Claim,
  factsOf: ProjectFactsSource,
): Promise<boolean> {
  const { store, clock, log, prices } = context;
  const { project, flow, step } = claim;
  try {
    const input = await loadStepInput(store.db, claim, prices, factsOf);
    const verdict = decideStep(input);
    const surprises = surprisesOf(observeMemory(input.history), input.policy.minAttempts);
    const ratios = needRatios(input.history, input.policy.minAttempts);
    return await writeVerdict(store, claim, { verdict, surprises, ratios, at: clock() });
  } catch (error) {
    log.error({ err: error, project, flow, step }, 'a step could not be tuned');
    await reschedule(context, claim, new Date(clock().getTime() + BACKOFF_MS));
    return false;
  }
}

/** Returns false where the step has become due again since it was claimed. */
async function writeVerdict(
  store: Store,
  claim: Claim,
  {
    verdict,
    surprises,
    ratios,
    at,
  }: {
    readonly verdict: Verdict;
    readonly surprises: number[];
    readonly ratios: NeedRatios;
    readonly at: Date;
  },
): Promise<boolean> {
  const { project, flow, step } = claim;
  const skip = verdict.kind === 'skip' ? verdict : undefined;
  return store.db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('step')
      .set({
        tune_due_at: null,
        tuned_at: at,
        skip_code: skip?.code ?? null,
        skip_detail: skip?.detail ?? null,
        surprise_ratios: surprises,
        memory_need_ratio: ratios.memory ?? null,
        cpu_need_ratio: ratios.cores ?? null,
      })
      .where('project', '=', project)
      .where('flow', '=', flow)
      .where('step', '=', step)
      .where('tune_due_at', '=', claim.dueAt)
      .where('settled_attempts', '=', claim.settledAttempts)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await recordVerdict(tx, { key: { project, flow, step }, verdict, at });
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
