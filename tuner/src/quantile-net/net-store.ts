import type { Store } from '@stepfit/collector/db/open-store';
import type { QuantileNetTable } from '@stepfit/collector/db/tables';
import { type Selectable, sql } from 'kysely';

import type { ProjectNet } from '../model/project-net.ts';
import { contentId } from '../suggestion/content-id.ts';
import type { NetWeights } from './net-weights.ts';

type Db = Store['db'];

/**
 * Networks that verdicts may ask, the newest of a project. Each is trained on half as many attempts again as
 * the one before, so that eight reach back to a twenty-fifth of the history: far more than is replayed.
 */
export const NETS_KEPT = 8;

/** The newest networks of a project, oldest first. */
export async function loadNewestNets(db: Db, project: string): Promise<ProjectNet[]> {
  const rows = await db
    .selectFrom('quantile_net')
    .select(['learnt_until', 'body'])
    .where('project', '=', project)
    .orderBy('learnt_until', 'desc')
    .orderBy('basis_id')
    .limit(NETS_KEPT)
    .execute();
  return rows.toReversed().map(toProjectNet);
}

/** Those networks among `ids` that are kept, oldest first. */
export async function loadNetsById(
  db: Db,
  project: string,
  ids: readonly string[],
): Promise<ProjectNet[]> {
  const rows = await db
    .selectFrom('quantile_net')
    .select(['learnt_until', 'body'])
    .where('project', '=', project)
    .where('basis_id', 'in', ids)
    .orderBy('learnt_until')
    .orderBy('basis_id')
    .execute();
  return rows.map(toProjectNet);
}

function toProjectNet({
  learnt_until,
  body,
}: Pick<Selectable<QuantileNetTable>, 'learnt_until' | 'body'>): ProjectNet {
  return { learntUntilMs: learnt_until.getTime(), weights: body as NetWeights };
}

/** How many attempts of the project had settled when its newest network was trained; 0 for none. */
export async function attemptsAtLastTraining(db: Db, project: string): Promise<number> {
  const row = await db
    .selectFrom('quantile_net')
    .select(({ fn }) => fn.max('attempts').as('attempts'))
    .where('project', '=', project)
    .executeTakeFirst();
  return row?.attempts ?? 0;
}

/** Stores a network; one that is there already, from another replica, stays. */
export async function storeNet(
  db: Db,
  project: string,
  net: ProjectNet,
  { attempts, at }: { readonly attempts: number; readonly at: Date },
): Promise<void> {
  await db
    .insertInto('quantile_net')
    .values({
      project,
      basis_id: contentId(net),
      learnt_until: new Date(net.learntUntilMs),
      attempts,
      trained_at: at,
      body: JSON.stringify(net.weights),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

/** Drops networks that are neither among the newest nor under any step's last verdict. */
export async function dropOldNets(db: Db, project: string): Promise<void> {
  await sql`
    delete from quantile_net net
    where project = ${project}
      and basis_id not in (
        select basis_id from quantile_net where project = ${project}
        order by learnt_until desc, basis_id limit ${NETS_KEPT}
      )
      and not exists (
        select from step where step.project = net.project and net.basis_id = any(step.basis_ids)
      )`.execute(db);
}
