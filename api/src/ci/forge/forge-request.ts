import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

export interface ForgeCall {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface ForgeAccess {
  /** Root of the REST API, without a slash at its end. */
  readonly apiUrl: string;
  readonly headers: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 30_000;

/**
 * One call of a code host's REST API, and its JSON.
 *
 * @throws {StepfitError} `forge-failed` where it does not answer, or refuses.
 */
export async function callForge(access: ForgeAccess, call: ForgeCall): Promise<unknown> {
  const url = new URL(`${access.apiUrl}${call.path}`);
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
  const what = `${call.method} ${url.origin}${url.pathname}`;
  let response: Response;
  try {
    response = await fetch(url, {
      method: call.method,
      headers: {
        'user-agent': 'stepfit',
        ...access.headers,
        ...(call.body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw new StepfitError('forge-failed', `${what} was not answered.`, {
      hint: 'Check the address of the API and that this machine may reach it.',
      cause: error,
    });
  }
  const text = await response.text();
  if (!response.ok) {
    throw new StepfitError(
      'forge-failed',
      `${what} answered ${response.status}: ${reasonIn(text)}`,
      {
        hint:
          response.status === 401 || response.status === 403 || response.status === 404
            ? 'The token has to be allowed to write comments and pull requests: docs/ci.md.'
            : 'Try again; the code host’s status page may know more.',
      },
    );
  }
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** Both hosts say what is wrong in `message`. */
function reasonIn(text: string): string {
  try {
    const { message, error } = JSON.parse(text) as { message?: unknown; error?: unknown };
    return JSON.stringify(message ?? error ?? text.slice(0, 200));
  } catch {
    return text.slice(0, 200);
  }
}

/** Pages of a list until one is not full, as both hosts have them. */
export async function* eachPage<Item>(
  access: ForgeAccess,
  path: string,
  query: Readonly<Record<string, string>> = {},
): AsyncGenerator<Item> {
  for (let page = 1; ; page += 1) {
    const items = (await callForge(access, {
      method: 'GET',
      path,
      query: { ...query, per_page: String(PAGE_SIZE), page: String(page) },
    })) as readonly Item[];
    yield* items;
    if (items.length < PAGE_SIZE) return;
  }
}

/** The largest page of both. */
const PAGE_SIZE = 100;
