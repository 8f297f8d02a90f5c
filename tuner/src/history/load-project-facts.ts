import type { Store } from '@stepfit/collector/db/open-store';
import { sql } from 'kysely';

import type { ProjectFacts } from '../model/project-facts.ts';

const MIB_PER_GIB = 1024;

/**
 * What a project's steps tell about each other: what its attempts needed in all, by the weekly sums that
 * reports read, and the surprises and the shares of their requests that the tuner noted with each step when it
 * last looked at it.
 */
export async function loadProjectFacts(db: Store['db'], project: string): Promise<ProjectFacts> {
  const weeks = await db
    .selectFrom('step_week')
    .select(({ fn }) => [
      fn.sum('attempts').as('attempts'),
      fn.sum('needed_gib_hours').as('neededGibHours'),
      fn.sum('duration_hours').as('hours'),
    ])
    .where('project', '=', project)
    .executeTakeFirstOrThrow();
  const surprises = await loadSurprises(db, project);
  const needs = await db
    .selectFrom('step')
    .select(['memory_need_ratio', 'cpu_need_ratio'])
    .where('project', '=', project)
    .where('tuned_at', 'is not', null)
    .orderBy('flow')
    .orderBy('step')
    .execute();
  return {
    spending: {
      attempts: Number(weeks.attempts ?? 0),
      needHours: Number(weeks.neededGibHours ?? 0) * MIB_PER_GIB,
      hours: Number(weeks.hours ?? 0),
    },
    surprises,
    needRatios: {
      memory: needs.flatMap((row) => row.memory_need_ratio ?? []),
      cores: needs.flatMap((row) => row.cpu_need_ratio ?? []),
    },
  };
}

/** How far the needs of a project's steps went beyond all that they had shown before, ascending ratios above 1. */
export async function loadSurprises(db: Store['db'], project: string): Promise<number[]> {
  const { rows } = await sql<{ ratio: number }>`
    select unnest(surprise_ratios) as ratio from step where project = ${project} order by ratio`.execute(
    db,
  );
  return rows.map(({ ratio }) => ratio);
}
