import type { Store } from '@stepfit/collector/db/open-store';
import type { StepTable } from '@stepfit/collector/db/tables';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { StepKey } from '@stepfit/tuner/history/step-key';
import type { Resources } from '@stepfit/tuner/model/suggestion';
import { type Selectable, type SqlBool, sql } from 'kysely';
import Type from 'typebox';

import { ATTEMPT_COLUMNS, toAttempt, toRequest, withoutNulls } from '../attempts/attempt-view.ts';
import { decodeCursor, toPage } from '../http/page-cursor.ts';
import type { Attempt } from '../http/schemas/attempts.ts';
import { FlowParameter, StepParameter } from '../http/schemas/common.ts';
import type { Step, StepList, StepListQuery } from '../http/schemas/steps.ts';
import { toSkip } from './skip-view.ts';

type Db = Store['db'];

/** Where a page ends: flow and step. */
const Position = Type.Tuple([FlowParameter, StepParameter]);

interface StepRow extends Selectable<StepTable> {
  readonly suggestion_id: string | null;
}

/** Steps by flow and step. */
export async function listSteps(db: Db, query: StepListQuery): Promise<StepList> {
  const { project, flow, limit, cursor } = query;
  let select = selectSteps(db, project)
    .orderBy('step.flow')
    .orderBy('step.step')
    .limit(limit + 1);
  if (flow !== undefined) select = select.where('step.flow', '=', flow);
  if (cursor !== undefined) {
    const [lastFlow, lastStep] = decodeCursor(Position, cursor);
    select = select.where(sql<SqlBool>`(step.flow, step.step) > (${lastFlow}, ${lastStep})`);
  }
  const page = toPage(await select.execute(), limit, (row) => [row.flow, row.step]);
  return {
    steps: page.items.map(toStep),
    ...(page.nextCursor !== undefined && { nextCursor: page.nextCursor }),
  };
}

/** @throws {StepfitError} `not-found` when no attempt of that step ever arrived. */
export async function findStep(db: Db, { project, flow, step }: StepKey): Promise<Step> {
  const row = await selectSteps(db, project)
    .where('step.flow', '=', flow)
    .where('step.step', '=', step)
    .executeTakeFirst();
  if (row === undefined) {
    throw new StepfitError('not-found', `Project ${project} has no step ${flow}/${step}.`, {
      hint: '`stepfit report` and GET /api/v1/steps list those there are.',
    });
  }
  return toStep(row);
}

/** The newest attempts of a step, running ones first, with what the newest of them asks for. */
export async function recentAttempts(
  db: Db,
  { project, flow, step }: StepKey,
  limit: number,
): Promise<{ attempts: Attempt[]; current: Resources }> {
  const rows = await db
    .selectFrom('attempt')
    .select(ATTEMPT_COLUMNS)
    .where('attempt.project', '=', project)
    .where('attempt.flow', '=', flow)
    .where('attempt.step', '=', step)
    .orderBy('attempt.ended_at', (order) => order.desc().nullsFirst())
    .orderBy('attempt.attempt_id')
    .limit(limit)
    .execute();
  const newest = rows[0];
  return {
    attempts: rows.map(toAttempt),
    current: newest === undefined ? {} : toRequest(newest),
  };
}

function selectSteps(db: Db, project: string) {
  return db
    .selectFrom('step')
    .leftJoinLateral(
      (from) =>
        from
          .selectFrom('suggestion')
          .select('suggestion.suggestion_id')
          .whereRef('suggestion.project', '=', 'step.project')
          .whereRef('suggestion.flow', '=', 'step.flow')
          .whereRef('suggestion.step', '=', 'step.step')
          .where('suggestion.state', 'in', ['proposed', 'accepted'])
          // What is proposed goes before what was accepted.
          .orderBy('suggestion.state', 'desc')
          .limit(1)
          .as('open'),
      (join) => join.onTrue(),
    )
    .selectAll('step')
    .select('open.suggestion_id')
    .where('step.project', '=', project);
}

function toStep(row: StepRow): Step {
  const skip = toSkip(row);
  return {
    flow: row.flow,
    step: row.step,
    firstSeenAt: row.first_seen_at.toISOString(),
    settledAttempts: row.settled_attempts,
    tuneDue: row.tune_due_at !== null,
    ...withoutNulls({
      lastAttemptAt: row.last_attempt_at?.toISOString() ?? null,
      tunedAt: row.tuned_at?.toISOString() ?? null,
      suggestionId: row.suggestion_id,
    }),
    ...(skip !== undefined && { skip }),
  };
}
