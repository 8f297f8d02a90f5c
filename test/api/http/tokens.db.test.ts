import { createHash } from 'node:crypto';

import { TOKEN_ROLES, type TokenRole } from '@stepfit/api/access/access';
import { createGate } from '@stepfit/api/access/gate';
import type { SuggestionEvents } from '@stepfit/api/http/schemas/decisions';
import type { Policies } from '@stepfit/api/http/schemas/policies';
import type { Problem } from '@stepfit/api/http/schemas/problem';
import type { AccessView, NewToken, TokenList } from '@stepfit/api/http/schemas/tokens';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import written from '../../../api/openapi.json' with { type: 'json' };
import { emptyStore, onEachStore } from '../../support/database.ts';
import { addAttempts, KEY, runs } from '../../tuner/support/rows.ts';
import { type CliResult, runCli } from '../support/run-cli.ts';
import { requestsOf, serveApp, type ServedApp } from '../support/served-app.ts';

const ROOT_TOKEN = 'the-token-that-the-server-was-started-with';

/** Every operation with an address that may or may not exist: what matters is whether it is refused first. */
const OPERATIONS = Object.entries(written.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => ({
    operation: `${method.toUpperCase()} ${path}`,
    method: method.toUpperCase() as 'GET',
    url: path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      name.endsWith('Id') ? 'A'.repeat(22) : 'none',
    ),
  })),
);
const PROBES = ['GET /healthz', 'GET /readyz'];
const FOR_ALL = [...PROBES, 'GET /api/v1/access'];
const SENDS = ['POST /api/v1/hints', 'GET /api/v1/flows/{flow}/steps/{step}'];
function isTokens(operation: string): boolean {
  return operation.includes('/tokens');
}
function isReading(operation: string): boolean {
  return (
    (operation.startsWith('GET') || operation === 'POST /api/v1/hints') && !isTokens(operation)
  );
}

const MAY: Readonly<Record<TokenRole, (operation: string) => boolean>> = {
  ingest: (operation) => [...SENDS, ...FOR_ALL].includes(operation),
  read: isReading,
  write: (operation) => !isTokens(operation),
  admin: () => true,
};

onEachStore((store, kind) => {
  let served: ServedApp;

  beforeAll(async () => {
    served = await serveApp(store(), { token: ROOT_TOKEN });
  });
  afterAll(async () => served.close());
  beforeEach(async () => emptyStore(store()));

  async function ask<Body = Problem>(
    token: string | undefined,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    payload?: object,
  ): Promise<{ readonly status: number; readonly body: Body }> {
    const { statusCode, body, headers } = await served.app.inject({
      method,
      url,
      ...(payload !== undefined && { payload }),
      ...(token !== undefined && { headers: { authorization: `Bearer ${token}` } }),
    });
    const isJson = String(headers['content-type']).includes('json');
    return { status: statusCode, body: (isJson ? JSON.parse(body) : body) as Body };
  }

  async function make(
    role: TokenRole,
    { name = role as string, project = 'default', ...rest }: Record<string, string | boolean> = {},
    by = ROOT_TOKEN,
  ): Promise<string> {
    const url = `/api/v1/tokens?project=${project}`;
    const made = await ask<NewToken>(by, 'POST', url, { name, role, ...rest });
    expect(made, JSON.stringify(made)).toMatchObject({ status: 200, body: { name, role } });
    return made.body.token;
  }

  async function list(project = 'default', by = ROOT_TOKEN): Promise<TokenList['tokens']> {
    return (await ask<TokenList>(by, 'GET', `/api/v1/tokens?project=${project}`)).body.tokens;
  }

  it('are shown once, and kept as a hash', async () => {
    const secret = await make('read', { name: 'ana', actor: 'root of all' });

    expect(secret).toMatch(/^sft_[\w-]{43}$/);
    const rows = await store().db.selectFrom('token').selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect(rows[0]?.secret_hash).toBe(createHash('sha256').update(secret).digest('base64url'));
    const [shown] = await list();
    expect(JSON.stringify(shown)).not.toContain(secret);
    expect(shown).toMatchObject({ name: 'ana', role: 'read', project: 'default' });
    expect(shown?.createdBy).toBe('root of all');
    expect(shown?.lastUsedAt).toBeUndefined();
  });

  it.each(TOKEN_ROLES)('with the role %s may do what it is for, and nothing else', async (role) => {
    const secret = await make(role, { allProjects: true });

    expect(OPERATIONS.length).toBeGreaterThan(25);
    const allowed: string[] = [];
    for (const { operation, method, url } of OPERATIONS) {
      if (operation === 'GET /api/v1/events') continue; // Would never end.
      const { status, body } = await ask(secret, method, url, method === 'GET' ? undefined : {});
      expect(status, operation).not.toBe(401);
      if (body.code !== 'forbidden') allowed.push(operation);
    }
    const expected = OPERATIONS.map(({ operation }) => operation)
      .filter((operation) => operation !== 'GET /api/v1/events')
      .filter((operation) => MAY[role](operation) || PROBES.includes(operation));
    expect(allowed).toEqual(expected);
    const sent = await ask(secret, 'POST', '/v1/metrics', {});
    expect(sent.status).toBe(role === 'read' ? 403 : 200);
  });

  it('for one project reach no other, by any operation', async () => {
    const secret = await make('admin', { project: 'vision' });

    for (const { operation, method, url } of OPERATIONS) {
      if (FOR_ALL.includes(operation)) continue;
      for (const query of ['', '?project=speech']) {
        const { status, body } = await ask(secret, method, url + query, bodyOf(operation));
        // A body that says nothing is refused before anybody asks whose project it is for.
        const refusals = method === 'GET' ? ['forbidden'] : ['forbidden', 'invalid-input'];
        expect(refusals, `${operation} ${query} ${status}`).toContain(body.code);
      }
    }
    expect((await ask(secret, 'GET', '/api/v1/system?project=vision')).status).toBe(200);
    const hints = { project: 'vision', flow: 'F', run: '1', steps: [] };
    expect((await ask(secret, 'POST', '/api/v1/hints', hints)).body.code).not.toBe('forbidden');
  });

  it('for one project store its attempts alone, and name those refused', async () => {
    const secret = await make('ingest', { project: 'vision' });
    async function send(project: string): Promise<Record<string, { errorMessage?: string }>> {
      const requests = requestsOf({ project, startMs: Date.now() - 60_000, peakMiB: 100 });
      const { status, body } = await ask(secret, 'POST', '/v1/metrics', requests['/v1/metrics']);
      expect(status).toBe(200);
      return body as never;
    }

    expect(await send('vision')).toEqual({});
    const { partialSuccess } = await send('speech');
    expect(partialSuccess?.errorMessage).toContain('other-project');
    const stored = await store().db.selectFrom('attempt').select('project').execute();
    expect(stored).toEqual([{ project: 'vision' }]);
  });

  it('end when they are revoked, and leave their name', async () => {
    const secret = await make('read', { name: 'ci' });
    expect((await ask(secret, 'GET', '/api/v1/system')).status).toBe(200);
    expect((await list())[0]?.lastUsedAt).toBeDefined();

    await ask(ROOT_TOKEN, 'DELETE', '/api/v1/tokens/ci?actor=bo');
    expect(await ask(secret, 'GET', '/api/v1/system')).toMatchObject({
      status: 401,
      body: { code: 'unauthorized' },
    });
    const again = await make('write', { name: 'ci' });
    expect(again).not.toBe(secret);
    expect(await list()).toMatchObject([
      { name: 'ci', role: 'write' },
      { name: 'ci', role: 'read', revokedBy: 'bo' },
    ]);
    expect((await ask(secret, 'GET', '/api/v1/system')).status).toBe(401);
    expect((await ask(ROOT_TOKEN, 'DELETE', '/api/v1/tokens/nobody')).body.code).toBe('not-found');
  });

  it('end within ten seconds on another replica', async () => {
    let now = Date.now();
    const gate = createGate({ token: ROOT_TOKEN, db: store().db, clock: () => new Date(now) });
    const secret = await make('read', { name: 'ci' });
    expect(await gate.identify(secret)).toMatchObject({ kind: 'token', name: 'ci' });
    await ask(ROOT_TOKEN, 'DELETE', '/api/v1/tokens/ci');

    now += 10_000;
    expect(await gate.identify(secret)).toBeUndefined();
  });

  it('say who decided, whatever the request says', async () => {
    await addAttempts(store(), runs(6));
    await served.settleAndTune();
    const { suggestion_id: id } = await store()
      .db.selectFrom('suggestion')
      .select('suggestion_id')
      .where('flow', '=', KEY.flow)
      .executeTakeFirstOrThrow();
    const path = `/api/v1/suggestions/${id}/events`;
    const secret = await make('write', { name: 'ana@example.org' });

    const nameless = await ask(ROOT_TOKEN, 'POST', path, { event: 'accept' });
    expect(nameless.body.detail).toContain('required property actor');
    await ask(secret, 'POST', path, { event: 'accept', actor: 'the director' });
    const { events } = (await ask<SuggestionEvents>(secret, 'GET', path)).body;
    expect(events.at(-1)).toMatchObject({ event: 'accept', actor: 'ana@example.org' });

    const policies = await ask<Policies>(secret, 'PUT', '/api/v1/policies', {
      exclude: ['DebugFlow'],
      policies: [],
    });
    expect(policies.body).toMatchObject({ actor: 'ana@example.org' });
  });

  it('of a project’s administrator make and end its own alone', async () => {
    const vision = await make('admin', { name: 'vision-admin', project: 'vision' });
    await make('read', { name: 'everywhere', allProjects: true });
    const url = '/api/v1/tokens?project=vision';
    await make('read', { name: 'vision-ci', project: 'vision' }, vision);

    const wider = { name: 'a', role: 'read', allProjects: true };
    expect((await ask(vision, 'POST', url, wider)).body.code).toBe('forbidden');
    expect((await ask(vision, 'POST', url, { name: 'vision-ci', role: 'read' })).status).toBe(409);
    const everywhere = '/api/v1/tokens/everywhere?project=vision';
    expect((await ask(vision, 'DELETE', everywhere)).status).toBe(404);
    await ask(vision, 'DELETE', '/api/v1/tokens/vision-ci?project=vision&actor=somebody');
    expect(await list('vision')).toMatchObject([
      { name: 'everywhere' },
      { name: 'vision-admin' },
      { name: 'vision-ci', createdBy: 'vision-admin', revokedBy: 'vision-admin' },
    ]);
    expect((await list('speech')).map(({ name }) => name)).toEqual(['everywhere']);
  });

  it('are asked for by name: who is it that asks?', async () => {
    const secret = await make('ingest', { name: 'runs', project: 'vision' });
    async function access(token: string): Promise<AccessView> {
      return (await ask<AccessView>(token, 'GET', '/api/v1/access')).body;
    }

    expect(await access(ROOT_TOKEN)).toEqual({ kind: 'administrator' });
    expect(await access(secret)).toEqual({
      kind: 'token',
      name: 'runs',
      role: 'ingest',
      project: 'vision',
    });
  });

  it.each(['sft_', `sft_${'A'.repeat(43)}`, `sft_${'A'.repeat(5000)}`, 'Ω', ROOT_TOKEN.slice(1)])(
    'that are nobody’s are refused: %s',
    async (token) => {
      expect((await ask(encodeURI(token), 'GET', '/api/v1/report')).status).toBe(401);
    },
  );

  it('are made by no server that asks for none, since they would protect nothing', async () => {
    const open = await serveApp(store());
    const payload = { name: 'ci', role: 'read' };
    const answer = await open.app.inject({ method: 'POST', url: '/api/v1/tokens', payload });

    expect(answer.json<Problem>()).toMatchObject({ status: 409, code: 'conflict' });
    expect((await open.get('/api/v1/access')).json<AccessView>()).toEqual({ kind: 'open' });
    await open.close();
  });

  it.runIf(kind === 'pglite')('from the command line: made, used, listed and revoked', async () => {
    const url = await served.app.listen({ port: 0, host: '127.0.0.1' });
    async function cli(token: string, ...args: string[]): Promise<CliResult> {
      return runCli(args, { STEPFIT_URL: url, STEPFIT_TOKEN: token, STEPFIT_ACTOR: 'ana' });
    }

    const made = await cli(ROOT_TOKEN, 'token', 'create', 'ci', '--role', 'read');
    expect(made.stderr).toContain('ci: read, project default. It is not shown again');
    const secret = made.stdout.trim();
    const refused = await cli(secret, 'policy', 'set', '*', 'mode=auto');
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('has the role read, which is not enough');
    expect((await cli(ROOT_TOKEN, 'token', 'revoke', 'ci')).stdout).toMatch(
      /^name +role +for +last used *\nci +read +project default +2.*revoked .* by ana\n$/,
    );
    expect((await cli(secret, 'report')).code).toBe(4);
  });
});

/** Enough to pass validation where a body decides which project is meant. */
function bodyOf(operation: string): object | undefined {
  if (operation.startsWith('GET')) return undefined;
  return operation === 'POST /api/v1/hints'
    ? { project: 'speech', flow: 'F', run: '1', steps: [] }
    : {};
}
