import type { Store } from '@stepfit/collector/db/open-store';
import type { Database } from '@stepfit/collector/db/tables';
import type { Transaction } from 'kysely';

type Db = Store['db'] | Transaction<Database>;

/** While there is one, nothing of the flow, or of the whole project, is tried or takes effect by itself. */
export interface Pause {
  /** Absent: the whole project. */
  readonly flow?: string;
  readonly at: Date;
  readonly actor: string;
  readonly reason?: string;
}

export interface PauseScope {
  readonly project: string;
  readonly flow?: string;
}

/** Every pause of a project, the project's own first. */
export async function listPauses(db: Db, project: string): Promise<Pause[]> {
  const rows = await db
    .selectFrom('pause')
    .selectAll()
    .where('project', '=', project)
    .orderBy('flow')
    .execute();
  return rows.map(({ flow, at, actor, reason }) => ({
    ...(flow !== '' && { flow }),
    at,
    actor,
    ...(reason !== null && { reason }),
  }));
}

/** The pause that covers a flow: its own, or the project's. */
export async function pauseOf(
  db: Db,
  { project, flow }: { readonly project: string; readonly flow: string },
): Promise<Pause | undefined> {
  const pauses = await listPauses(db, project);
  return pauses.find((pause) => pause.flow === undefined || pause.flow === flow);
}

/** Pauses a flow or the whole project; a second pause keeps the first one's time, with the newer word. */
export async function pause(
  db: Db,
  { project, flow = '' }: PauseScope,
  { actor, reason, at }: { readonly actor: string; readonly reason?: string; readonly at: Date },
): Promise<void> {
  await db
    .insertInto('pause')
    .values({ project, flow, at, actor, reason: reason ?? null })
    .onConflict((conflict) =>
      conflict.columns(['project', 'flow']).doUpdateSet({ actor, reason: reason ?? null }),
    )
    .execute();
}

/** Ends a pause, and makes the steps due, so that what waited goes on. Returns false where there was none. */
export async function resume(
  db: Store['db'],
  { project, flow }: PauseScope,
  at: Date,
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const { numDeletedRows } = await tx
      .deleteFrom('pause')
      .where('project', '=', project)
      .where('flow', '=', flow ?? '')
      .executeTakeFirst();
    if (numDeletedRows === 0n) return false;
    let steps = tx.updateTable('step').set({ tune_due_at: at }).where('project', '=', project);
    if (flow !== undefined) steps = steps.where('flow', '=', flow);
    await steps.execute();
    return true;
  });
}
