import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { Access } from '../../access/access.ts';
import {
  createToken,
  listTokens,
  revokeToken,
  type TokenRecord,
} from '../../access/token-repository.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { ProjectQuery } from '../schemas/common.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';
import {
  NewToken,
  type Token,
  TokenBody,
  TokenList,
  TokenParams,
  TokenRevokeQuery,
} from '../schemas/tokens.ts';

/** How the one who knows the server’s own token is called, where they do not say their name. */
const ADMINISTRATOR = 'administrator';

/** Tokens with names: for one project or all, each with a role. */
export function tokenRoutes(app: ApiServer, { store, clock, gate }: ApiContext): void {
  const tags = ['tokens'];

  app.get(
    '/tokens',
    {
      schema: {
        tags,
        summary: 'Tokens that reach a project, revoked ones too; never their secrets',
        querystring: ProjectQuery,
        response: { 200: TokenList, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query }) => ({ tokens: (await listTokens(store.db, query.project)).map(toToken) }),
  );

  app.post(
    '/tokens',
    {
      schema: {
        tags,
        summary: 'Make a token; its secret is in the answer and nowhere else',
        querystring: ProjectQuery,
        body: TokenBody,
        response: { 200: NewToken, ...PROBLEM_RESPONSES },
      },
    },
    async ({ query, access, body: { allProjects = false, actor, ...wanted } }, reply) => {
      const reach = allProjects ? {} : { project: query.project };
      checkMayMake(access, allProjects);
      const made = { ...wanted, ...reach, by: makerOf(access, actor), at: clock() };
      const { secret, token } = await createToken(store.db, made);
      void reply.header('cache-control', 'no-store');
      return { token: secret, ...toToken(token) };
    },
  );

  app.delete(
    '/tokens/:name',
    {
      schema: {
        tags,
        summary: 'Revoke a token: refused at once here, within ten seconds by other replicas',
        params: TokenParams,
        querystring: TokenRevokeQuery,
        response: { 200: TokenList, ...PROBLEM_RESPONSES },
      },
    },
    async ({ params, query, access }) => {
      const isScoped = access.kind === 'token' && access.project !== undefined;
      await revokeToken(store.db, {
        ...params,
        ...(isScoped && { scope: query.project }),
        by: makerOf(access, query.actor),
        at: clock(),
      });
      gate?.forget();
      return { tokens: (await listTokens(store.db, query.project)).map(toToken) };
    },
  );
}

/** @throws {StepfitError} `conflict` where a token would protect nothing; `forbidden` for one wider than the asker’s. */
function checkMayMake(access: Access, allProjects: boolean): void {
  if (access.kind === 'open') {
    throw new StepfitError('conflict', 'This server lets everybody in, with or without a token.', {
      hint: 'Start it with STEPFIT_TOKEN; whoever knows that one makes the others.',
    });
  }
  if (allProjects && access.kind === 'token' && access.project !== undefined) {
    throw new StepfitError(
      'forbidden',
      `The token ${access.name} is for project ${access.project} alone.`,
      { hint: 'Make one for that project, or ask whoever administers the server.' },
    );
  }
}

function makerOf(access: Access, said: string | undefined): string {
  return access.kind === 'token' ? access.name : (said ?? ADMINISTRATOR);
}

function toToken({ createdAt, lastUsedAt, revokedAt, ...token }: TokenRecord): Token {
  return {
    ...token,
    createdAt: createdAt.toISOString(),
    ...(lastUsedAt !== undefined && { lastUsedAt: lastUsedAt.toISOString() }),
    ...(revokedAt !== undefined && { revokedAt: revokedAt.toISOString() }),
  };
}
