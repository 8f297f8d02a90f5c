import type { Store } from '@stepfit/collector/db/open-store';
import { sql } from 'kysely';

import { loadProjectFacts } from './history/load-project-facts.ts';
import type { ProjectSources } from './history/load-step-input.ts';
import type { ProjectFacts } from './model/project-facts.ts';
import { loadNewestNets } from './quantile-net/net-store.ts';
import { type BasisKeeper, createBasisKeeper } from './suggestion/verdict-basis.ts';

/** What a tuner remembers between its passes. */
export interface TunerMemory {
  /** What steps of a project have in common, read at most once a pass. */
  readonly startPass: () => ProjectSources;
  readonly basis: BasisKeeper;
}

/**
 * Facts are read again when a project's attempts or tuned steps have grown by this share. They hardly move in
 * between, and every reading that differs is kept for as long as a verdict rests on it: with one for each
 * attempt, a busy project would keep thousands.
 */
const FACTS_GROWTH = 0.01;

interface Size {
  readonly attempts: number;
  readonly tuned: number;
}

export function createTunerMemory(
  { db }: Store,
  { asksNetwork }: { readonly asksNetwork: boolean },
): TunerMemory {
  const read = new Map<string, { readonly facts: ProjectFacts; readonly size: Size }>();

  async function currentFacts(project: string): Promise<ProjectFacts> {
    const known = read.get(project);
    const size = await sizeOf(db, project);
    if (known !== undefined && isAlike(known.size, size)) return known.facts;
    const facts = await loadProjectFacts(db, project);
    read.set(project, { facts, size });
    return facts;
  }

  return {
    basis: createBasisKeeper(db),
    startPass: () => ({
      factsOf: once(currentFacts),
      ...(asksNetwork && { netsOf: once(async (project) => loadNewestNets(db, project)) }),
    }),
  };
}

function once<Result>(
  load: (project: string) => Promise<Result>,
): (project: string) => Promise<Result> {
  const known = new Map<string, Promise<Result>>();
  return (project) => {
    const found = known.get(project) ?? load(project);
    known.set(project, found);
    return found;
  };
}

async function sizeOf(db: Store['db'], project: string): Promise<Size> {
  const { rows } = await sql<Size>`
    select coalesce(sum(settled_attempts), 0)::int as attempts, count(tuned_at)::int as tuned
    from step where project = ${project}`.execute(db);
  return rows[0] ?? { attempts: 0, tuned: 0 };
}

function isAlike(then: Size, now: Size): boolean {
  return isNear(then.attempts, now.attempts) && isNear(then.tuned, now.tuned);
}

function isNear(then: number, now: number): boolean {
  return Math.abs(now - then) <= FACTS_GROWTH * then;
}
