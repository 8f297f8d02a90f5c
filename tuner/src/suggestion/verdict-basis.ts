import type { Store } from '@stepfit/collector/db/open-store';
import { sql } from 'kysely';

import type { StepKey } from '../history/step-key.ts';
import { DEFAULT_POLICY, type Policy } from '../model/policy.ts';
import type { Prices } from '../model/prices.ts';
import type { ProjectFacts } from '../model/project-facts.ts';
import { loadNetsById } from '../quantile-net/net-store.ts';
import { contentId } from './content-id.ts';
import type { StepInput } from './decide-step.ts';

type Db = Store['db'];

/** All that a verdict rests on besides the step's attempts. */
export type VerdictBasis = Omit<StepInput, 'flow' | 'step' | 'history'>;

/** What is kept once for all steps under the hash of its content; networks have a table of their own. */
const KINDS = ['policy', 'prices', 'projectFacts'] as const;

/** A use is noted to the hour, so that a busy project does not write a row for each verdict. */
const USE_NOTED_MS = 3_600_000;
/** What nothing rests on is dropped a day after it was last used: nobody is about to write a verdict on it. */
const UNUSED_MS = 24 * USE_NOTED_MS;

/** Keeps what verdicts rest on. Remembers what it has kept, so that most verdicts cost no query. */
export interface BasisKeeper {
  /** Stores what is not stored yet, and returns the ids of all parts. */
  readonly keep: (project: string, basis: VerdictBasis, at: Date) => Promise<string[]>;
}

export function createBasisKeeper(db: Db): BasisKeeper {
  /** Prices, facts and networks are the same objects for many steps. */
  const ids = new WeakMap<object, string>();
  const usedAtMs = new Map<string, number>();

  function idOf(part: object): string {
    const id = ids.get(part) ?? contentId(part);
    ids.set(part, id);
    return id;
  }

  return {
    async keep(project, { nets = [], ...basis }, at) {
      const parts = KINDS.flatMap((kind) => {
        const body = basis[kind];
        return body === undefined ? [] : [{ kind, body, basis_id: idOf(body) }];
      });
      for (const { kind, body, basis_id } of parts) {
        const name = `${project} ${basis_id}`;
        if (at.getTime() - (usedAtMs.get(name) ?? 0) < USE_NOTED_MS) continue;
        await db
          .insertInto('verdict_basis')
          .values({ project, basis_id, kind, body: JSON.stringify(body), used_at: at })
          .onConflict((conflict) =>
            conflict.columns(['project', 'basis_id']).doUpdateSet({ used_at: at }),
          )
          .execute();
        usedAtMs.set(name, at.getTime());
      }
      return [...parts.map(({ basis_id }) => basis_id), ...nets.map(idOf)].toSorted();
    },
  };
}

/** The parts of a verdict's basis by their ids; a part that is not kept any more is absent. */
export async function loadBasis(
  db: Db,
  project: string,
  ids: readonly string[],
): Promise<Partial<VerdictBasis>> {
  if (ids.length === 0) return {};
  const rows = await db
    .selectFrom('verdict_basis')
    .select(['kind', 'body'])
    .where('project', '=', project)
    .where('basis_id', 'in', ids)
    .execute();
  const bodies = new Map(rows.map(({ kind, body }) => [kind, body]));
  const policy = bodies.get('policy') as Policy | undefined;
  const prices = bodies.get('prices') as Prices | undefined;
  const projectFacts = bodies.get('projectFacts') as ProjectFacts | undefined;
  const nets = await loadNetsById(db, project, ids);
  return {
    ...(policy && { policy: { ...DEFAULT_POLICY, ...policy } }),
    ...(prices && { prices }),
    ...(projectFacts && { projectFacts }),
    ...(nets.length > 0 && { nets }),
  };
}

/**
 * What the project had shown when a step was last judged; undefined before the first verdict. What is shown beside
 * that verdict must rest on the same: meanwhile other steps have taught the project more.
 */
export async function loadVerdictFacts(
  db: Db,
  { project, flow, step }: StepKey,
): Promise<ProjectFacts | undefined> {
  const { rows } = await sql<{ body: ProjectFacts }>`
    select body from verdict_basis
    where project = ${project} and kind = 'projectFacts' and basis_id in (
      select unnest(basis_ids) from step
      where project = ${project} and flow = ${flow} and step = ${step}
    )`.execute(db);
  return rows[0]?.body;
}

/** Drops what no step's last verdict rests on; returns how many. */
export async function dropUnusedBasis(db: Db, now: Date): Promise<number> {
  const before = new Date(now.getTime() - UNUSED_MS).toISOString();
  const { numAffectedRows } = await sql`
    delete from verdict_basis
    where used_at < ${before}::timestamptz and not exists (
      select from step
      where step.project = verdict_basis.project and verdict_basis.basis_id = any(step.basis_ids)
    )`.execute(db);
  return Number(numAffectedRows ?? 0n);
}
