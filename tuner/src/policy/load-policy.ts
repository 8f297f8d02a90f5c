import type { Store } from '@stepfit/collector/db/open-store';
import type { Database } from '@stepfit/collector/db/tables';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { Transaction } from 'kysely';
import { Value } from 'typebox/value';

import type { StepKey } from '../history/step-key.ts';
import { type Policy, PolicyDocument } from '../model/policy.ts';
import { contradictionsOf } from './check-policy.ts';
import { resolvePolicy, scopeName } from './resolve-policy.ts';

type Db = Store['db'];

/** A project’s policies with who said so. Revision 0: nobody has said anything yet. */
export interface PolicyRevision {
  readonly revision: number;
  readonly document: PolicyDocument;
  readonly at?: Date;
  readonly actor?: string;
  readonly reason?: string;
}

/** @throws {StepfitError} `invalid-input` when what is stored is not a document of policies. */
export async function loadPolicies(
  db: Db | Transaction<Database>,
  project: string,
): Promise<PolicyRevision> {
  const row = await db
    .selectFrom('policy_revision')
    .selectAll()
    .where('project', '=', project)
    .orderBy('revision', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (row === undefined) return { revision: 0, document: { exclude: [], policies: [] } };
  const { revision, at, actor, reason, body } = row;
  if (!Value.Check(PolicyDocument, body)) {
    const [problem] = Value.Errors(PolicyDocument, body);
    throw new StepfitError(
      'invalid-input',
      `Revision ${revision} of the policies of project ${project} is not valid: ${problem?.instancePath ?? ''} ${problem?.message ?? 'unknown field'}.`,
      { hint: 'Write them anew with `stepfit policy push`; until then no step is tuned.' },
    );
  }
  return { revision, at, actor, document: body, ...(reason !== null && { reason }) };
}

/**
 * The policy of a step: stored ones over the default, the most specific winning.
 *
 * @throws {StepfitError} `invalid-input` when what is stored is not a document of policies.
 */
export async function loadPolicy(db: Db, key: StepKey): Promise<Policy> {
  const { document } = await loadPolicies(db, key.project);
  return resolvePolicy(document, key);
}

export interface PolicyChange {
  readonly project: string;
  readonly document: PolicyDocument;
  /** The revision that the change was made to; absent: whatever is in force. */
  readonly expectedRevision?: number;
  readonly actor: string;
  readonly reason?: string;
  readonly at: Date;
}

/**
 * Puts a document in force as the next revision, and makes every step of the project due. Saying the same
 * again changes nothing.
 *
 * @throws {StepfitError} `invalid-input` for floors above caps or a scope twice; `conflict` when another
 *   revision is in force than the expected one.
 */
export async function storePolicies(db: Db, change: PolicyChange): Promise<PolicyRevision> {
  const { project, document, expectedRevision, actor, reason, at } = change;
  const [contradiction] = contradictionsOf(document);
  if (contradiction !== undefined) {
    throw new StepfitError(
      'invalid-input',
      `The policy of ${scopeName(contradiction)} is not valid: ${contradiction.message}.`,
      {
        hint: 'Change one of the two; `stepfit policy explain` shows where each value comes from.',
      },
    );
  }
  return db.transaction().execute(async (tx) => {
    const current = await loadPolicies(tx, project);
    const revision = current.revision + 1;
    if (expectedRevision !== undefined && expectedRevision !== current.revision) {
      throw changedMeanwhile(project, current);
    }
    if (Value.Equal(current.document, document)) return current;
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('policy_revision')
      .values({
        project,
        revision,
        at,
        actor,
        reason: reason ?? null,
        body: JSON.stringify(document),
      })
      .onConflict((conflict) => conflict.columns(['project', 'revision']).doNothing())
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows !== 1n) throw changedMeanwhile(project, current);
    await tx.updateTable('step').set({ tune_due_at: at }).where('project', '=', project).execute();
    return { revision, document, at, actor, ...(reason !== undefined && { reason }) };
  });
}

function changedMeanwhile(project: string, { revision, actor }: PolicyRevision): StepfitError {
  const by = actor === undefined ? '' : ` (revision ${revision}, by ${actor})`;
  return new StepfitError(
    'conflict',
    `The policies of project ${project} changed since they were read${by}.`,
    { hint: 'Read them again and repeat the change.' },
  );
}
