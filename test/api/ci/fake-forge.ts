import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One endpoint as the published OpenAPI description has it: what a request must and may say. */
interface Endpoint {
  readonly method: string;
  readonly path: RegExp;
  readonly query?: readonly string[];
  readonly body?: {
    readonly required: readonly string[];
    readonly properties: Readonly<Record<string, 'string' | 'boolean'>>;
  };
  readonly handle: (state: ForgeState, parts: readonly string[], call: Call) => unknown;
  readonly status?: number;
}

interface Call {
  readonly query: URLSearchParams;
  readonly body: Record<string, unknown>;
  readonly url: string;
}

interface ForgeState {
  /** Comments on pull request 7, oldest first. */
  readonly comments: { id: number; body: string }[];
  readonly pulls: { number: number; head: string; base: string; title: string; body: string }[];
}

const PAGES = ['per_page', 'page'];

/**
 * GitHub, by its description of 2022-11-28: issues/list-comments, issues/create-comment, issues/update-comment,
 * pulls/list, pulls/create, pulls/update.
 */
const GITHUB: readonly Endpoint[] = [
  {
    method: 'GET',
    path: /^\/repos\/acme\/flows\/issues\/7\/comments$/,
    query: [...PAGES, 'since'],
    handle: ({ comments }, _parts, call) => page(comments, call).map(githubComment),
  },
  {
    method: 'POST',
    path: /^\/repos\/acme\/flows\/issues\/7\/comments$/,
    body: { required: ['body'], properties: { body: 'string' } },
    status: 201,
    handle: (state, _parts, call) => githubComment(addComment(state, call)),
  },
  {
    method: 'PATCH',
    path: /^\/repos\/acme\/flows\/issues\/comments\/(\d+)$/,
    body: { required: ['body'], properties: { body: 'string' } },
    handle: (state, [id], { body }) => githubComment(changeComment(state, id, body)),
  },
  {
    method: 'GET',
    path: /^\/repos\/acme\/flows\/pulls$/,
    query: [...PAGES, 'state', 'head', 'base', 'sort', 'direction'],
    handle: ({ pulls }, _parts, call) =>
      page(
        pulls.filter(
          ({ head, base }) =>
            call.query.get('head') === `acme:${head}` && call.query.get('base') === base,
        ),
        call,
      ).map(githubPull),
  },
  {
    method: 'POST',
    path: /^\/repos\/acme\/flows\/pulls$/,
    body: {
      required: ['head', 'base'],
      properties: {
        title: 'string',
        head: 'string',
        base: 'string',
        body: 'string',
        draft: 'boolean',
        maintainer_can_modify: 'boolean',
      },
    },
    status: 201,
    handle: (state, _parts, { body }) =>
      githubPull(addPull(state, body['head'], body['base'], body['title'], body['body'])),
  },
  {
    method: 'PATCH',
    path: /^\/repos\/acme\/flows\/pulls\/(\d+)$/,
    body: {
      required: [],
      properties: {
        title: 'string',
        body: 'string',
        state: 'string',
        base: 'string',
        maintainer_can_modify: 'boolean',
      },
    },
    handle: (state, [number], { body }) =>
      githubPull(changePull(state, number, body['title'], body['body'])),
  },
];

const MERGES = String.raw`^\/projects\/acme%2Fflows\/merge_requests`;

/** GitLab, by the description of its API v4: notes and merge requests. */
const GITLAB: readonly Endpoint[] = [
  {
    method: 'GET',
    path: new RegExp(`${MERGES}\\/7$`),
    handle: () => ({ iid: 7, web_url: 'https://gitlab.example.org/acme/flows/-/merge_requests/7' }),
  },
  {
    method: 'GET',
    path: new RegExp(`${MERGES}\\/7\\/notes$`),
    query: [...PAGES, 'order_by', 'sort', 'activity_filter'],
    handle: ({ comments }, _parts, call) => page(comments, call),
  },
  {
    method: 'POST',
    path: new RegExp(`${MERGES}\\/7\\/notes$`),
    body: {
      required: ['body'],
      properties: { body: 'string', internal: 'boolean', created_at: 'string' },
    },
    status: 201,
    handle: (state, _parts, call) => addComment(state, call),
  },
  {
    method: 'PUT',
    path: new RegExp(`${MERGES}\\/7\\/notes\\/(\\d+)$`),
    body: { required: ['body'], properties: { body: 'string' } },
    handle: (state, [id], { body }) => changeComment(state, id, body),
  },
  {
    method: 'GET',
    path: new RegExp(`${MERGES}$`),
    query: [...PAGES, 'state', 'source_branch', 'target_branch'],
    handle: ({ pulls }, _parts, call) =>
      page(
        pulls.filter(
          ({ head, base }) =>
            call.query.get('source_branch') === head && call.query.get('target_branch') === base,
        ),
        call,
      ).map(gitlabMerge),
  },
  {
    method: 'POST',
    path: new RegExp(`${MERGES}$`),
    body: {
      required: ['source_branch', 'target_branch', 'title'],
      properties: {
        source_branch: 'string',
        target_branch: 'string',
        title: 'string',
        description: 'string',
        remove_source_branch: 'boolean',
        squash: 'boolean',
      },
    },
    status: 201,
    handle: (state, _parts, { body }) =>
      gitlabMerge(
        addPull(
          state,
          body['source_branch'],
          body['target_branch'],
          body['title'],
          body['description'],
        ),
      ),
  },
  {
    method: 'PUT',
    path: new RegExp(`${MERGES}\\/(\\d+)$`),
    body: {
      required: [],
      properties: { title: 'string', description: 'string', state_event: 'string' },
    },
    handle: (state, [number], { body }) =>
      gitlabMerge(changePull(state, number, body['title'], body['description'])),
  },
];

export interface FakeForge {
  readonly apiUrl: string;
  readonly state: ForgeState;
  /** `METHOD path` of each call, in order. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

/** A code host on this machine that refuses what its OpenAPI description does not allow. */
export async function startFakeForge(kind: 'github' | 'gitlab'): Promise<FakeForge> {
  const state: ForgeState = { comments: [], pulls: [] };
  const calls: string[] = [];
  const endpoints = kind === 'github' ? GITHUB : GITLAB;
  const server = createServer((request, response) => {
    void answer(request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  });

  async function answer(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    const url = new URL(request.url ?? '/', 'http://fake');
    calls.push(`${request.method ?? ''} ${url.pathname}`);
    if (!isAuthorised(kind, request)) return { status: 401, body: { message: 'Bad credentials' } };
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    for (const endpoint of endpoints) {
      const match = endpoint.path.exec(url.pathname);
      if (match === null || endpoint.method !== request.method) continue;
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      const fault = faultIn(endpoint, url.searchParams, body);
      if (fault !== undefined) return { status: 422, body: { message: fault } };
      const call = { query: url.searchParams, body, url: url.pathname };
      return { status: endpoint.status ?? 200, body: endpoint.handle(state, match.slice(1), call) };
    }
    return { status: 404, body: { message: 'Not Found' } };
  }

  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}`,
    state,
    calls,
    close: async () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => {
          done();
        });
      }),
  };
}

function isAuthorised(kind: 'github' | 'gitlab', { headers }: IncomingMessage): boolean {
  // GitHub refuses whoever has no user agent, whatever the token.
  return kind === 'github'
    ? headers.authorization === 'Bearer secret' &&
        headers['user-agent'] !== undefined &&
        headers['x-github-api-version'] === '2022-11-28'
    : headers['private-token'] === 'secret';
}

function faultIn(
  { query = [], body }: Endpoint,
  given: URLSearchParams,
  sent: Record<string, unknown>,
): string | undefined {
  for (const name of given.keys()) if (!query.includes(name)) return `no parameter ${name}`;
  const { required = [], properties = {} } = body ?? {};
  for (const name of required) if (!(name in sent)) return `${name} is missing`;
  for (const [name, value] of Object.entries(sent)) {
    if (typeof value !== properties[name]) {
      return `${name} is not a ${properties[name] ?? 'property'}`;
    }
  }
  return undefined;
}

function page<Item>(items: readonly Item[], { query }: Call): Item[] {
  const size = Math.min(100, Number(query.get('per_page') ?? 30));
  const start = (Number(query.get('page') ?? 1) - 1) * size;
  return items.slice(start, start + size);
}

function addComment({ comments }: ForgeState, { body }: Call): { id: number; body: string } {
  const comment = { id: comments.length + 1, body: String(body['body']) };
  comments.push(comment);
  return comment;
}

function changeComment(
  { comments }: ForgeState,
  id: string | undefined,
  body: Record<string, unknown>,
): { id: number; body: string } {
  const found = comments.find((comment) => String(comment.id) === id);
  if (found === undefined) throw new Error(`no comment ${id ?? ''}`);
  found.body = String(body['body']);
  return found;
}

function addPull(
  { pulls }: ForgeState,
  head: unknown,
  base: unknown,
  title: unknown,
  body: unknown,
): ForgeState['pulls'][number] {
  const pull = {
    number: pulls.length + 10,
    head: String(head),
    base: String(base),
    title: String(title),
    body: String(body),
  };
  pulls.push(pull);
  return pull;
}

function changePull(
  { pulls }: ForgeState,
  number: string | undefined,
  title: unknown,
  body: unknown,
): ForgeState['pulls'][number] {
  const found = pulls.find((pull) => String(pull.number) === number);
  if (found === undefined) throw new Error(`no pull request ${number ?? ''}`);
  found.title = String(title);
  found.body = String(body);
  return found;
}

function githubComment({ id, body }: { id: number; body: string }): object {
  return { id, body, html_url: `https://github.example.org/acme/flows/pull/7#issuecomment-${id}` };
}

function githubPull({ number, title, body }: ForgeState['pulls'][number]): object {
  return { number, title, body, html_url: `https://github.example.org/acme/flows/pull/${number}` };
}

function gitlabMerge({ number, title, body }: ForgeState['pulls'][number]): object {
  const url = `https://gitlab.example.org/acme/flows/-/merge_requests/${number}`;
  return { iid: number, title, description: body, web_url: url };
}
