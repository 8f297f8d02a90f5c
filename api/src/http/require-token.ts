import { createHash, timingSafeEqual } from 'node:crypto';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { FastifyInstance } from 'fastify';

import { sendProblem } from './problem-details.ts';
import { WEB_PATHS } from './web-routes.ts';

/** Orchestrators probe without credentials, and browsers load the page that asks for them; neither tells anything. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', ...WEB_PATHS]);

/** Refuses every request without the token, except health probes and the dashboard's own files. */
export function requireToken(app: FastifyInstance, token: string): void {
  const expected = digest(token);
  app.addHook('onRequest', async (request, reply) => {
    if (OPEN_PATHS.has(request.routeOptions.url ?? '')) return;
    const [, given] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (given !== undefined && timingSafeEqual(digest(given), expected)) return;
    const error = new StepfitError('unauthorized', describe(given), {
      hint: 'Send `Authorization: Bearer TOKEN`; the CLI takes --token or STEPFIT_TOKEN.',
    });
    await sendProblem(request, reply, error);
  });
}

function describe(given: string | undefined): string {
  return given === undefined ? 'The request has no token.' : 'The token is not the server’s.';
}

/** Equal lengths, so that comparing takes the same time whatever was sent. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
