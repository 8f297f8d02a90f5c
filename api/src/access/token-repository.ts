import type { Store } from '@stepfit/collector/db/open-store';
import type { TokenTable } from '@stepfit/collector/db/tables';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { Selectable } from 'kysely';

import type { TokenAccess, TokenRole } from './access.ts';
import { createSecret, hashSecret } from './token-secret.ts';

type Db = Store['db'];

/** A token as people see it: everything but its secret. */
export interface TokenRecord {
  readonly name: string;
  readonly role: TokenRole;
  /** Absent: every project. */
  readonly project?: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  /** To the minute; absent: never. */
  readonly lastUsedAt?: Date;
  readonly revokedAt?: Date;
  readonly revokedBy?: string;
}

/** Writing each use would cost a transaction a request. */
const USE_NOTED_EVERY_MS = 60_000;

/** Tokens that reach a project: its own, and those of every project. The living first, newest first. */
export async function listTokens(db: Db, project: string): Promise<TokenRecord[]> {
  const rows = await db
    .selectFrom('token')
    .selectAll()
    .where((is) => is.or([is('project', '=', project), is('project', 'is', null)]))
    .orderBy((order) => order('revoked_at', 'is not', null))
    .orderBy('created_at', 'desc')
    .orderBy('name')
    .execute();
  return rows.map(toRecord);
}

/**
 * Makes a token. The secret is in the answer and nowhere else.
 *
 * @throws {StepfitError} `conflict` where a living token has the name.
 */
export async function createToken(
  db: Db,
  token: {
    readonly name: string;
    readonly role: TokenRole;
    readonly project?: string;
    readonly by: string;
    readonly at: Date;
  },
): Promise<{ readonly secret: string; readonly token: TokenRecord }> {
  const secret = createSecret();
  const row = await db
    .insertInto('token')
    .values({
      secret_hash: hashSecret(secret),
      name: token.name,
      role: token.role,
      project: token.project ?? null,
      created_at: token.at,
      created_by: token.by,
      last_used_at: null,
      revoked_at: null,
      revoked_by: null,
    })
    .onConflict((conflict) => conflict.column('name').where('revoked_at', 'is', null).doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row !== undefined) return { secret, token: toRecord(row) };
  throw new StepfitError('conflict', `There is a token named ${token.name}.`, {
    hint: 'Choose another name, or revoke that one first; its name is free again then.',
  });
}

/**
 * Ends a token at once; its row stays.
 *
 * @param scope Absent: a token of any project, and of every project.
 * @throws {StepfitError} `not-found` where no living token within the scope has the name.
 */
export async function revokeToken(
  db: Db,
  token: {
    readonly name: string;
    readonly scope?: string;
    readonly by: string;
    readonly at: Date;
  },
): Promise<TokenRecord> {
  let update = db
    .updateTable('token')
    .set({ revoked_at: token.at, revoked_by: token.by })
    .where('name', '=', token.name)
    .where('revoked_at', 'is', null);
  if (token.scope !== undefined) update = update.where('project', '=', token.scope);
  const row = await update.returningAll().executeTakeFirst();
  if (row !== undefined) return toRecord(row);
  throw new StepfitError('not-found', `There is no token named ${token.name} to revoke.`, {
    hint: '`stepfit token list` and GET /api/v1/tokens list those there are.',
  });
}

/** Whose token has the hash, noting that it was used; undefined for one unknown or revoked. */
export async function findToken(db: Db, hash: string, now: Date): Promise<TokenAccess | undefined> {
  const row = await db
    .selectFrom('token')
    .selectAll()
    .where('secret_hash', '=', hash)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (now.getTime() - (row.last_used_at?.getTime() ?? 0) >= USE_NOTED_EVERY_MS) {
    await db
      .updateTable('token')
      .set({ last_used_at: now })
      .where('secret_hash', '=', hash)
      .execute();
  }
  const { name, role, project } = toRecord(row);
  return { kind: 'token', name, role, ...(project !== undefined && { project }) };
}

function toRecord(row: Selectable<TokenTable>): TokenRecord {
  return {
    name: row.name,
    // Only `createToken` writes rows.
    role: row.role as TokenRole,
    ...(row.project !== null && { project: row.project }),
    createdAt: row.created_at,
    createdBy: row.created_by,
    ...(row.last_used_at !== null && { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at !== null && { revokedAt: row.revoked_at }),
    ...(row.revoked_by !== null && { revokedBy: row.revoked_by }),
  };
}
