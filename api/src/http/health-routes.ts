import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { FastifyInstance } from 'fastify';
import { sql } from 'kysely';

import type { ApiContext } from './api-context.ts';
import { PROBLEM_RESPONSES } from './schemas/problem.ts';
import { Health } from './schemas/system.ts';

/** A probe must not wait longer than the prober does; Kubernetes gives up after one second by default. */
const READY_TIMEOUT_MS = 900;

/** `/healthz`: the process runs. `/readyz`: the store answers, is migrated, and no shutdown is under way. */
export function healthRoutes(
  app: FastifyInstance,
  { store }: Pick<ApiContext, 'store'>,
  isClosing: () => boolean,
): void {
  const schema = { tags: ['health'], response: { 200: Health, ...PROBLEM_RESPONSES } };

  app.get('/healthz', { schema: { ...schema, summary: 'The process runs' } }, () => ({
    status: 'ok',
  }));

  app.get('/readyz', { schema: { ...schema, summary: 'Requests will be served' } }, async () => {
    if (isClosing()) throw notReady('The server is shutting down.');
    await within(READY_TIMEOUT_MS, sql`select project from step limit 1`.execute(store.db));
    return { status: 'ok' };
  });
}

async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(notReady(`The store did not answer within ${timeoutMs} ms.`));
    }, timeoutMs);
  });
  try {
    await Promise.race([work, timeout]);
  } catch (error) {
    throw error instanceof StepfitError ? error : notReady('The store does not answer.', error);
  } finally {
    clearTimeout(timer);
  }
}

function notReady(message: string, cause?: unknown): StepfitError {
  return new StepfitError('store-unavailable', message, {
    hint: 'Ask again in a moment; if it stays so, look at the server’s log.',
    cause,
  });
}
