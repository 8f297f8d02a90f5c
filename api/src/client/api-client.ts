import { type ErrorCode, StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { Ledger } from '@stepfit/tuner/model/ledger';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';

import type { Comparison, ComparisonQuery } from '../http/schemas/comparison.ts';
import type { DecisionBody, SuggestionEvents } from '../http/schemas/decisions.ts';
import type { StepHistory } from '../http/schemas/history.ts';
import type { PauseBody, PauseList } from '../http/schemas/pauses.ts';
import type { Policies, PoliciesBody, StepPolicy } from '../http/schemas/policies.ts';
import type { Problem } from '../http/schemas/problem.ts';
import type { Report } from '../http/schemas/report.ts';
import type { StepExplanation, StepList } from '../http/schemas/steps.ts';
import type { SuggestionList } from '../http/schemas/suggestions.ts';
import type { System } from '../http/schemas/system.ts';
import type { NewToken, TokenBody, TokenList } from '../http/schemas/tokens.ts';

export interface ApiClientOptions {
  /** Where the server listens, for example `http://127.0.0.1:4380`. */
  readonly url: string;
  readonly token?: string;
  readonly project: string;
  readonly timeoutMs?: number;
}

/** The typed way to the REST API, for the CLI and whoever scripts it. */
export interface ApiClient {
  report(query: { flow?: string; days?: number; limit?: number }): Promise<Report>;
  /** The same as a file: `html` with its plots, `md` or `csv`. */
  reportFile(
    format: 'html' | 'md' | 'csv',
    query: { flow?: string; days?: number; limit?: number },
  ): Promise<string>;
  /** One page; `cursor` is `nextCursor` of the page before. */
  steps(query: { flow?: string; limit?: number; cursor?: string }): Promise<StepList>;
  suggestions(query: {
    flow?: string;
    step?: string;
    state?: string;
    limit?: number;
    cursor?: string;
  }): Promise<SuggestionList>;
  explain(step: { flow: string; step: string }): Promise<StepExplanation>;
  history(step: { flow: string; step: string }): Promise<StepHistory>;
  comparison(flow: string, query: Partial<Omit<ComparisonQuery, 'project'>>): Promise<Comparison>;
  system(): Promise<System>;
  policies(): Promise<Policies>;
  stepPolicy(step: { flow: string; step: string }): Promise<StepPolicy>;
  /** Decides about a suggestion as it was read. */
  decide(suggestionId: string, body: DecisionBody, readRevision: number): Promise<Suggestion>;
  events(suggestionId: string): Promise<SuggestionEvents>;
  savings(query: { days?: number; flow?: string }): Promise<Ledger>;
  /** Without a flow: the whole project. */
  pause(scope: { flow?: string }, body: PauseBody): Promise<PauseList>;
  resume(scope: { flow?: string }): Promise<PauseList>;
  /** Tokens that reach the project. */
  tokens(): Promise<TokenList>;
  createToken(body: TokenBody): Promise<NewToken>;
  /** Those that are left. */
  revokeToken(name: string, query: { actor?: string }): Promise<TokenList>;
  /** Puts policies in force over the revision that was read. */
  putPolicies(body: PoliciesBody, overRevision: number): Promise<Policies>;
}

/** A report over many steps takes a second; an answer that takes this long will not come. */
const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * A client of one server and project. Every call throws a {@link StepfitError}: `server-unreachable` when
 * nothing that speaks this API answers, else the code that the server gave.
 */
export function createApiClient(options: ApiClientOptions): ApiClient {
  /** The server and this client are one version, so an answer has the shape of the route's schema. */
  async function get<Body>(path: string, query: Query = {}): Promise<Body> {
    return (await request(options, { method: 'GET', path, query })) as Body;
  }
  async function write<Body>(change: Omit<ApiRequest, 'query'>, query: Query = {}): Promise<Body> {
    return (await request(options, { ...change, query })) as Body;
  }
  return {
    report: async (query) => get('/api/v1/report', query),
    reportFile: async (format, query) =>
      requestText(options, { method: 'GET', path: `/api/v1/report.${format}`, query }),
    steps: async (query) => get('/api/v1/steps', query),
    suggestions: async (query) => get('/api/v1/suggestions', query),
    explain: async ({ flow, step }) => get(stepPath(flow, step)),
    history: async ({ flow, step }) => get(`${stepPath(flow, step)}/history`),
    comparison: async (flow, query) =>
      get(`/api/v1/flows/${encodeURIComponent(flow)}/comparison`, query),
    system: async () => get('/api/v1/system'),
    policies: async () => get(POLICIES),
    stepPolicy: async ({ flow, step }) => get(`${stepPath(flow, step)}/policy`),
    decide: async (suggestionId, body, readRevision) =>
      write({ method: 'POST', path: eventsPath(suggestionId), body, ifMatch: `"${readRevision}"` }),
    events: async (suggestionId) => get(eventsPath(suggestionId)),
    savings: async (query) => get('/api/v1/savings', query),
    pause: async (scope, body) => write({ method: 'PUT', path: PAUSES, body }, scope),
    resume: async (scope) => write({ method: 'DELETE', path: PAUSES }, scope),
    tokens: async () => get(TOKENS),
    createToken: async (body) => write({ method: 'POST', path: TOKENS, body }),
    revokeToken: async (name, query) =>
      write({ method: 'DELETE', path: `${TOKENS}/${encodeURIComponent(name)}` }, query),
    putPolicies: async (body, overRevision) =>
      write({ method: 'PUT', path: POLICIES, body, ifMatch: `"${overRevision}"` }),
  };
}

function eventsPath(suggestionId: string): string {
  return `/api/v1/suggestions/${encodeURIComponent(suggestionId)}/events`;
}

const POLICIES = '/api/v1/policies';
const TOKENS = '/api/v1/tokens';
const PAUSES = '/api/v1/pauses';

function stepPath(flow: string, step: string): string {
  return `/api/v1/flows/${encodeURIComponent(flow)}/steps/${encodeURIComponent(step)}`;
}

type Query = Readonly<Record<string, string | number | undefined>>;

interface ApiRequest {
  readonly method: 'DELETE' | 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly query: Query;
  readonly body?: unknown;
  /** Entity tag that the server's state must still have. */
  readonly ifMatch?: string;
}

async function request(options: ApiClientOptions, call: ApiRequest): Promise<unknown> {
  const url = toUrl(options, call.path, call.query);
  const response = await send(options, url, call);
  return response.ok ? readJson(options, response) : refuse(options, response);
}

async function requestText(options: ApiClientOptions, call: ApiRequest): Promise<string> {
  const response = await send(options, toUrl(options, call.path, call.query), call);
  return response.ok ? response.text() : refuse(options, response);
}

/** @throws {StepfitError} always: what the server says of the request. */
async function refuse(options: ApiClientOptions, response: Response): Promise<never> {
  const problem = (await readJson(options, response)) as Partial<Problem>;
  const code = (problem.code ?? 'internal') as ErrorCode;
  const detail = problem.detail ?? `${options.url} answered ${response.status}.`;
  throw new StepfitError(code, detail, problem.hint === undefined ? {} : { hint: problem.hint });
}

function toUrl({ url, project }: ApiClientOptions, path: string, query: Query): URL {
  const target = URL.parse(path, url);
  if (target === null || !target.protocol.startsWith('http')) {
    throw new StepfitError('invalid-input', `${url} is not an http address.`, {
      hint: 'Give one such as http://127.0.0.1:4380 with --url or STEPFIT_URL.',
    });
  }
  target.searchParams.set('project', project);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) target.searchParams.set(name, String(value));
  }
  return target;
}

async function send(
  { url, token, timeoutMs = DEFAULT_TIMEOUT_MS }: ApiClientOptions,
  target: URL,
  { method, body, ifMatch }: ApiRequest,
): Promise<Response> {
  try {
    return await fetch(target, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      headers: {
        accept: 'application/json, text/*;q=0.9',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(ifMatch !== undefined && { 'if-match': ifMatch }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(timeoutMs),
      redirect: 'error',
    });
  } catch (error) {
    throw unreachable(`Nothing answers at ${url} (${reasonOf(error)}).`, error);
  }
}

async function readJson({ url }: ApiClientOptions, response: Response): Promise<unknown> {
  try {
    const body: unknown = await response.json();
    if (typeof body === 'object' && body !== null) return body;
  } catch (error) {
    throw unreachable(`What answers at ${url} does not speak StepFit’s API.`, error);
  }
  throw unreachable(`What answers at ${url} does not speak StepFit’s API.`, undefined);
}

function unreachable(message: string, cause: unknown): StepfitError {
  return new StepfitError('server-unreachable', message, {
    hint: 'Start a server with `stepfit serve`, or name yours with --url or STEPFIT_URL.',
    cause,
  });
}

/** `fetch` hides what happened in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError') return 'timed out';
  const { code } = cause as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' ? 'connection refused' : cause.message || (code ?? cause.name);
}
