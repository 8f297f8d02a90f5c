import type {
  AccessView,
  NewToken,
  TokenBody,
  TokenList,
} from '../../../src/http/schemas/tokens.ts';
import { getJson, restAddress, send } from './request.ts';

export async function readAccess(signal?: AbortSignal): Promise<AccessView> {
  return getJson('/access', {}, signal);
}

export async function readTokens(
  project: string | undefined,
  signal?: AbortSignal,
): Promise<TokenList> {
  return getJson('/tokens', { project }, signal);
}

/** @throws {RequestProblem} `conflict` where a living token has the name. */
export async function createToken(project: string | undefined, body: TokenBody): Promise<NewToken> {
  const answer = await send(restAddress('/tokens', { project }), { method: 'POST', body });
  return (await answer.json()) as NewToken;
}

/** @throws {RequestProblem} `not-found` where somebody was faster. */
export async function revokeToken(project: string | undefined, name: string): Promise<void> {
  await send(restAddress(`/tokens/${encodeURIComponent(name)}`, { project }), { method: 'DELETE' });
}
