/** What went wrong, as the server's problem details say it. */
export class RequestProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string | undefined;

  constructor(status: number, problem: { code?: string; detail?: string; hint?: string }) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? 'unknown';
    this.hint = problem.hint;
  }
}

const TOKEN_KEY = 'stepfit-token';

/** Kept for the tab alone: a shared machine forgets it when the tab closes. */
export function storeToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(TOKEN_KEY);
}

export function hasToken(): boolean {
  return sessionStorage.getItem(TOKEN_KEY) !== null;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** The address of a REST resource under `/api/v1`. */
export function restAddress(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  const text = parameters.toString();
  return text === '' ? `/api/v1${path}` : `/api/v1${path}?${text}`;
}

export interface SendOptions {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/**
 * Asks the server that the page came from, and no other.
 *
 * @throws {RequestProblem} for an answer that is no success, with the server's own words.
 */
export async function send(address: string, options: SendOptions = {}): Promise<Response> {
  const { method = 'GET', body, signal } = options;
  const token = sessionStorage.getItem(TOKEN_KEY);
  const answer = await fetch(address, {
    method,
    headers: {
      ...options.headers,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== null && { authorization: `Bearer ${token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  });
  if (answer.ok) return answer;
  const problem: unknown = await answer.json().catch(() => ({}));
  throw new RequestProblem(answer.status, typeof problem === 'object' ? { ...problem } : {});
}

/** The body as the route's schema has it; the server validates what it sends against the same schema. */
export async function getJson<Body>(
  path: string,
  query: Query,
  signal?: AbortSignal,
): Promise<Body> {
  const answer = await send(restAddress(path, query), { ...(signal !== undefined && { signal }) });
  return (await answer.json()) as Body;
}
