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

interface ForgeComment {
  readonly id: number;
  /** Number of the pull request. */
  readonly on: number;
  body: string;
}

interface ForgePull {
  readonly number: number;
  readonly head: string;
  readonly base: string;
  title: string;
  body: string;
  isOpen: boolean;
  /** True: its branch is in somebody else’s copy of the repository. */
  isFork?: boolean;
}

interface ForgeState {
  /** Oldest first. */
  readonly comments: ForgeComment[];
  readonly pulls: ForgePull[];
}

const PAGES = ['per_page', 'page'];

/**
 * GitHub, by its description of 2022-11-28: issues/list-comments, issues/create-comment, issues/update-comment,
 * pulls/list, pulls/create, pulls/update.
 */
const GITHUB: readonly Endpoint[] = [
  {
    method: 'GET',
    path: /^\/repos\/acme\/flows\/issues\/(\d+)\/comments$/,
    query: [...PAGES, 'since'],
    handle: (state, [number], call) => page(commentsOn(state, number), call).map(githubComment),
  },
  {
    method: 'POST',
    path: /^\/repos\/acme\/flows\/issues\/(\d+)\/comments$/,
    body: { required: ['body'], properties: { body: 'string' } },
    status: 201,
    handle: (state, [number], call) => githubComment(addComment(state, number, call)),
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
    handle: ({ pulls }, _parts, call) => {
      const head = call.query.get('head');
      const found = openPulls(pulls, call.query.get('base')).filter(
        (pull) => head === null || head === `${ownerOf(pull)}:${pull.head}`,
      );
      return page(found, call).map(githubPull);
    },
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
      githubPull(
        changePull(state, number, {
          title: body['title'],
          body: body['body'],
          isClosed: body['state'] === 'closed',
        }),
      ),
  },
];

const MERGES = String.raw`^\/projects\/acme%2Fflows\/merge_requests`;

/** GitLab, by the description of its API v4: notes and merge requests. */
const GITLAB: readonly Endpoint[] = [
  {
    method: 'GET',
    path: new RegExp(`${MERGES}\\/(\\d+)$`),
    handle: (_state, [iid]) => ({ iid, web_url: mergeUrl(iid) }),
  },
  {
    method: 'GET',
    path: new RegExp(`${MERGES}\\/(\\d+)\\/notes$`),
    query: [...PAGES, 'order_by', 'sort', 'activity_filter'],
    handle: (state, [iid], call) => page(commentsOn(state, iid), call),
  },
  {
    method: 'POST',
    path: new RegExp(`${MERGES}\\/(\\d+)\\/notes$`),
    body: {
      required: ['body'],
      properties: { body: 'string', internal: 'boolean', created_at: 'string' },
    },
    status: 201,
    handle: (state, [iid], call) => addComment(state, iid, call),
  },
  {
    method: 'PUT',
    path: new RegExp(`${MERGES}\\/\\d+\\/notes\\/(\\d+)$`),
    body: { required: ['body'], properties: { body: 'string' } },
    handle: (state, [id], { body }) => changeComment(state, id, body),
  },
  {
    method: 'GET',
    path: new RegExp(`${MERGES}$`),
    query: [...PAGES, 'state', 'source_branch', 'target_branch'],
    handle: ({ pulls }, _parts, call) => {
      const source = call.query.get('source_branch');
      const found = openPulls(pulls, call.query.get('target_branch')).filter(
        ({ head }) => source === null || source === head,
      );
      return page(found, call).map(gitlabMerge);
    },
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
      gitlabMerge(
        changePull(state, number, {
          title: body['title'],
          body: body['description'],
          isClosed: body['state_event'] === 'close',
        }),
      ),
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

function commentsOn({ comments }: ForgeState, number: string | undefined): ForgeComment[] {
  return comments.filter(({ on }) => String(on) === number);
}

function addComment(
  { comments }: ForgeState,
  number: string | undefined,
  { body }: Call,
): ForgeComment {
  const comment = { id: comments.length + 1, on: Number(number), body: String(body['body']) };
  comments.push(comment);
  return comment;
}

function changeComment(
  { comments }: ForgeState,
  id: string | undefined,
  body: Record<string, unknown>,
): ForgeComment {
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
): ForgePull {
  const pull = {
    number: pulls.length + 10,
    head: String(head),
    base: String(base),
    title: String(title),
    body: String(body),
    isOpen: true,
  };
  pulls.push(pull);
  return pull;
}

function changePull(
  { pulls }: ForgeState,
  number: string | undefined,
  change: { readonly title?: unknown; readonly body?: unknown; readonly isClosed: boolean },
): ForgePull {
  const found = pulls.find((pull) => String(pull.number) === number);
  if (found === undefined) throw new Error(`no pull request ${number ?? ''}`);
  // What is not sent stays.
  if (typeof change.title === 'string') found.title = change.title;
  if (typeof change.body === 'string') found.body = change.body;
  if (change.isClosed) found.isOpen = false;
  return found;
}

function openPulls(pulls: readonly ForgePull[], base: string | null): ForgePull[] {
  return pulls.filter((pull) => pull.isOpen && (base === null || pull.base === base));
}

function ownerOf({ isFork = false }: ForgePull): string {
  return isFork ? 'stranger' : 'acme';
}

function githubComment({ id, on, body }: ForgeComment): object {
  const url = `https://github.example.org/acme/flows/pull/${on}#issuecomment-${id}`;
  return { id, body, html_url: url };
}

function githubPull(pull: ForgePull): object {
  const { number, title, body, head, base } = pull;
  return {
    number,
    title,
    body,
    html_url: `https://github.example.org/acme/flows/pull/${number}`,
    head: { ref: head, repo: { full_name: `${ownerOf(pull)}/flows` } },
    base: { ref: base },
  };
}

function gitlabMerge({ number, title, body, head, base, isFork = false }: ForgePull): object {
  return {
    iid: number,
    title,
    description: body,
    web_url: mergeUrl(String(number)),
    source_branch: head,
    target_branch: base,
    source_project_id: isFork ? 2 : 1,
    target_project_id: 1,
  };
}

function mergeUrl(iid: string | undefined): string {
  return `https://gitlab.example.org/acme/flows/-/merge_requests/${iid ?? ''}`;
}
