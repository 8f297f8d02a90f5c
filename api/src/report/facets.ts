import type { Store } from '@stepfit/collector/db/open-store';
import { sql } from 'kysely';

import type { Facets } from '../http/schemas/trend.ts';

/** Names that filters can be set to, from the steps there are and the newest attempt of each, by index. */
export async function readFacets(db: Store['db'], project: string): Promise<Facets> {
  const [projects, newest] = await Promise.all([
    // From one project to the next by the key: as quick with many steps as with few.
    sql<{ project: string }>`
      with recursive known as (
        (select project from step order by project limit 1)
        union all
        select (select step.project from step where step.project > known.project
          order by step.project limit 1)
        from known where known.project is not null
      )
      select project from known where project is not null`.execute(db),
    sql<{ flow: string; owner: string | null; backend: string | null }>`
      select distinct step.flow, newest.owner, newest.backend
      from step left join lateral (
        select a.owner, a.backend from attempt a
        where a.project = ${project} and a.flow = step.flow and a.step = step.step
        order by a.ended_at desc, a.attempt_id
        limit 1
      ) newest on true
      where step.project = ${project}`.execute(db),
  ]);
  return {
    projects: projects.rows.map((row) => row.project),
    flows: names(newest.rows.map(({ flow }) => flow)),
    owners: names(newest.rows.map(({ owner }) => owner)),
    backends: names(newest.rows.map(({ backend }) => backend)),
  };
}

function names(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))].toSorted();
}
