import type { Store } from '@stepfit/collector/db/open-store';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { type Expression, type SqlBool, sql } from 'kysely';
import Type from 'typebox';

import { decodeCursor, toPage } from '../http/page-cursor.ts';
import {
  type Attempt,
  type AttemptList,
  type AttemptListQuery,
  AttemptParams,
} from '../http/schemas/attempts.ts';
import { ATTEMPT_COLUMNS, toAttempt } from './attempt-view.ts';

type Db = Store['db'];

/**
 * Where a page ends: the end of its last attempt (microseconds since 1970, as exact as the store is; null
 * while it runs) and its id. The bound is the year 2100, well inside what the store can compare.
 */
const Position = Type.Tuple([
  Type.Union([Type.Number({ minimum: 0, maximum: 4.1e15 }), Type.Null()]),
  AttemptParams.properties.attemptId,
]);

/** Attempts, running ones first, then by their end, newest first: the order that the indexes have. */
export async function listAttempts(db: Db, query: AttemptListQuery): Promise<AttemptList> {
  const { flow, step, run, outcome, limit } = query;
  const isOfSeveralSteps =
    (flow === undefined) !== (step === undefined) && run === undefined && outcome === undefined;
  const select = isOfSeveralSteps ? selectOfSteps(db, query) : selectAttempts(db, query);
  const page = toPage(await select.execute(), limit, (row) => [row.ended_us, row.attempt_id]);
  return {
    attempts: page.items.map(toAttempt),
    ...(page.nextCursor !== undefined && { nextCursor: page.nextCursor }),
  };
}

function selectAttempts(
  db: Db,
  { project, flow, step, run, outcome, limit, cursor }: AttemptListQuery,
) {
  let select = db
    .selectFrom('attempt')
    .select(ATTEMPT_COLUMNS)
    .select(sql<number | null>`(extract(epoch from attempt.ended_at) * 1e6)::float8`.as('ended_us'))
    .where('attempt.project', '=', project)
    .orderBy('attempt.ended_at', (order) => order.desc().nullsFirst())
    .orderBy('attempt.attempt_id')
    .limit(limit + 1);
  if (flow !== undefined) select = select.where('attempt.flow', '=', flow);
  if (step !== undefined) select = select.where('attempt.step', '=', step);
  if (run !== undefined) select = select.where('attempt.run', '=', run);
  if (outcome === 'running') select = select.where('attempt.outcome', 'is', null);
  else if (outcome !== undefined) select = select.where('attempt.outcome', '=', outcome);
  return cursor === undefined ? select : select.where(after(cursor));
}

/** The newest of all are among the newest of each step: only those of one step does an index have in order. */
function selectOfSteps(db: Db, query: AttemptListQuery) {
  const { project, flow, step, limit } = query;
  const ofStep = selectAttempts(db, query).where(
    sql<SqlBool>`(attempt.flow, attempt.step) = (step.flow, step.step)`,
  );
  let select = db
    .selectFrom('step')
    .innerJoinLateral(ofStep.as('newest'), (join) => join.onTrue())
    .selectAll('newest')
    .where('step.project', '=', project)
    .orderBy('newest.ended_at', (order) => order.desc().nullsFirst())
    .orderBy('newest.attempt_id')
    .limit(limit + 1);
  if (flow !== undefined) select = select.where('step.flow', '=', flow);
  if (step !== undefined) select = select.where('step.step', '=', step);
  return select;
}

function after(cursor: string): Expression<SqlBool> {
  const [endedUs, attemptId] = decodeCursor(Position, cursor);
  if (endedUs === null) {
    return sql<SqlBool>`(attempt.ended_at is not null or attempt.attempt_id > ${attemptId})`;
  }
  const endedAt = sql`to_timestamp(${endedUs}::float8 / 1e6)`;
  return sql<SqlBool>`(attempt.ended_at < ${endedAt}
    or (attempt.ended_at = ${endedAt} and attempt.attempt_id > ${attemptId}))`;
}

/** @throws {StepfitError} `not-found` when there is no such attempt in the project. */
export async function findAttempt(db: Db, project: string, attemptId: string): Promise<Attempt> {
  const row = await db
    .selectFrom('attempt')
    .select(ATTEMPT_COLUMNS)
    .where('attempt.project', '=', project)
    .where('attempt.attempt_id', '=', attemptId)
    .executeTakeFirst();
  if (row === undefined) {
    throw new StepfitError('not-found', `Project ${project} has no attempt ${attemptId}.`, {
      hint: 'GET /api/v1/attempts lists those there are.',
    });
  }
  return toAttempt(row);
}
