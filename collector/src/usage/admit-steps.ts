import { sql, type Transaction } from 'kysely';

import type { Database } from '../db/tables.ts';
import { type RowOf, unnestRows } from '../db/unnest-rows.ts';
import type { AttemptIdentity } from '../identity/attempt-id.ts';
import type { AttemptReport } from './usage-report.ts';

const STEP_COLUMNS = { project: 'text', flow: 'text', step: 'text' } as const;
type Step = RowOf<typeof STEP_COLUMNS>;

export function stepKey({
  project,
  flow,
  step,
}: Pick<AttemptIdentity, 'project' | 'flow' | 'step'>): string {
  return `${project}\0${flow}\0${step}`;
}

/**
 * Makes sure that every step of the reports has its row, as far as the project's limit allows. Returns the
 * keys of those refused. Replicas that add at the same moment may exceed the limit by what each adds at once.
 */
export async function admitSteps(
  tx: Transaction<Database>,
  reports: readonly AttemptReport[],
  options: { readonly maxStepsPerProject: number; readonly now: Date },
): Promise<ReadonlySet<string>> {
  const wanted = new Map(
    reports.map(({ identity: { project, flow, step } }) => {
      const row = { project, flow, step };
      return [stepKey(row), row];
    }),
  );
  const known = await sql<{ project: string; flow: string; step: string }>`
    select s.project, s.flow, s.step from step s
    join ${unnestRows('e', STEP_COLUMNS, [...wanted.values()])} using (project, flow, step)
  `.execute(tx);
  for (const row of known.rows) wanted.delete(stepKey(row));

  // Sorted, since two transactions that add the same steps in different orders wait for each other.
  const missing = [...wanted].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const refused = new Set<string>();
  for (const [project, rows] of Map.groupBy(missing, ([, row]) => row.project)) {
    const room = await roomForSteps(tx, project, options.maxStepsPerProject);
    for (const [key] of rows.slice(room)) refused.add(key);
    await insertSteps(
      tx,
      rows.slice(0, room).map(([, row]) => row),
      options.now,
    );
  }
  return refused;
}

async function roomForSteps(
  tx: Transaction<Database>,
  project: string,
  max: number,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from step where project = ${project}`.execute(tx);
  return Math.max(0, max - (rows[0]?.count ?? 0));
}

async function insertSteps(
  tx: Transaction<Database>,
  rows: readonly Step[],
  now: Date,
): Promise<void> {
  if (rows.length === 0) return;
  await sql`
    insert into step (project, flow, step, first_seen_at)
    select e.project, e.flow, e.step, ${now.toISOString()}::timestamptz
    from ${unnestRows('e', STEP_COLUMNS, rows)}
    on conflict do nothing`.execute(tx);
}
