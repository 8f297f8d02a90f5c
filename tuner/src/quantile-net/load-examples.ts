import { setImmediate } from 'node:timers/promises';

import type { Store } from '@stepfit/collector/db/open-store';
import type { AttemptTable } from '@stepfit/collector/db/tables';
import type { Selectable } from 'kysely';

import type { StepKey } from '../history/step-key.ts';
import { LOOK_BACK, type PastAttempt } from './attempt-facts.ts';
import { netStepName, statesSeveral } from './network-shadow.ts';
import { type Example, toExample } from './training-set.ts';

/** An example, and when the attempt that it is made of ended. */
export interface DatedExample {
  readonly example: Example;
  readonly endedAtMs: number;
}

export interface ProjectExamples {
  /** In the order of the attempts' ends. */
  readonly examples: readonly DatedExample[];
  /** Steps whose attempts state enough numbers for a network to speak of them. */
  readonly steps: readonly Pick<StepKey, 'flow' | 'step'>[];
}

/** The newest attempts of a project that a network learns from: some seconds of training, tens of MB. */
const MOST_ATTEMPTS = 10_000;
/** Examples made before others get their turn on this thread: some 10 ms. */
const BATCH = 200;

const COLUMNS = [
  'flow',
  'step',
  'started_at',
  'ended_at',
  'declared_memory_mib',
  'request_memory_mib',
  'features',
  'peak_memory_mib',
] as const satisfies readonly (keyof AttemptTable)[];

type Row = Pick<Selectable<AttemptTable>, (typeof COLUMNS)[number]>;

/**
 * A project's newest attempts that ran to their end with a measured peak, as they looked when they started.
 * Those that state no request are looked back at, but nothing is learnt from them.
 */
export async function loadExamples(db: Store['db'], project: string): Promise<ProjectExamples> {
  const rows = await db
    .selectFrom('attempt')
    .select(COLUMNS)
    .where('project', '=', project)
    .where('ended_at', 'is not', null)
    .where('settled_at', 'is not', null)
    .where('outcome', '=', 'succeeded')
    .where('peak_memory_mib', '>', 0)
    .orderBy('ended_at', 'desc')
    .orderBy('attempt_id')
    .limit(MOST_ATTEMPTS)
    .execute();
  const pasts = new Map<string, EndedAttempt[]>();
  const steps = new Map<string, Pick<StepKey, 'flow' | 'step'>>();
  const examples: DatedExample[] = [];
  for (const [place, row] of rows.toReversed().entries()) {
    const { flow, step, features } = row;
    const name = netStepName(flow, step);
    if (statesSeveral(features)) steps.set(name, { flow, step });
    const past = pasts.get(name) ?? [];
    pasts.set(name, past);
    examples.push(...toDated(row, name, past));
    if (place % BATCH === BATCH - 1) await setImmediate();
  }
  return { examples, steps: [...steps.values()] };
}

interface EndedAttempt extends PastAttempt {
  readonly endedAtMs: number;
}

/** Adds the attempt to the step's past, after it has been described by what had ended before it started. */
function* toDated(row: Row, name: string, past: EndedAttempt[]): Generator<DatedExample> {
  const { features, peak_memory_mib: needMiB, started_at, ended_at } = row;
  if (needMiB === null || ended_at === null) return;
  const endedAtMs = ended_at.getTime();
  const startedAtMs = started_at.getTime();
  const known = past.findLastIndex((one) => one.endedAtMs <= startedAtMs) + 1;
  past.push({ features, needMiB, endedAtMs });
  const declaredMiB = row.request_memory_mib ?? row.declared_memory_mib;
  if (declaredMiB === null) return;
  const attempt = {
    step: name,
    declaredMiB,
    features,
    past: past.slice(Math.max(0, known - LOOK_BACK), known),
  };
  yield { example: toExample(attempt, needMiB), endedAtMs };
}
