import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { FastifyInstance, FastifyRequest } from 'fastify';

import { type Access, isAllowed, type Permission, reachesProject } from '../access/access.ts';
import type { Gate } from '../access/gate.ts';
import { sendProblem } from './problem-details.ts';
import { WEB_PATHS } from './web-routes.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks. */
    access: Access;
  }
}

/** Orchestrators probe without credentials, and browsers load the page that asks for them; neither tells anything. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', ...WEB_PATHS]);

/** Whoever has a token may ask who they are and what can be asked. */
const ANYBODY: readonly Permission[] = ['send', 'read', 'decide', 'manage'];

/** What each operation needs, any one of them; for those not listed, reading needs `read` and the rest `decide`. */
const NEEDS: Readonly<Record<string, readonly Permission[]>> = {
  'POST /v1/metrics': ['send'],
  'POST /v1/traces': ['send'],
  // A run asks at its launch what to request, and after it what its step could do with.
  'POST /api/v1/hints': ['send', 'read'],
  'GET /api/v1/flows/:flow/steps/:step': ['send', 'read'],
  'GET /api/v1/access': ANYBODY,
  'GET /openapi.json': ANYBODY,
  'GET /api/v1/tokens': ['manage'],
  'POST /api/v1/tokens': ['manage'],
  'DELETE /api/v1/tokens/:name': ['manage'],
};

/** Hold no project's data. The OTLP routes read the project of each attempt from what is sent. */
const WITHOUT_PROJECT: ReadonlySet<string> = new Set([
  'GET /api/v1/access',
  'GET /openapi.json',
  'POST /v1/metrics',
  'POST /v1/traces',
]);

/** Who sends, or undefined where nobody is known to. */
export async function identify(gate: Gate, request: FastifyRequest): Promise<Access | undefined> {
  const [, given] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
  return gate.identify(given);
}

/**
 * Refuses whoever the gate does not know, what their token is not for, and projects that are not theirs. Health
 * probes and the dashboard's own files are open to all.
 */
export function requireAccess(app: FastifyInstance, gate: Gate): void {
  app.decorateRequest('access');
  app.addHook('onRequest', async (request, reply) => {
    if (OPEN_PATHS.has(request.routeOptions.url ?? '')) {
      request.access = { kind: 'open' };
      return;
    }
    try {
      request.access = await admitted(gate, request);
    } catch (error) {
      await sendProblem(request, reply, error);
    }
  });
  // Once defaults are filled in: who names no project means the default one.
  app.addHook('preHandler', async (request, reply) => {
    const { access } = request;
    if (access.kind !== 'token' || access.project === undefined) return;
    if (WITHOUT_PROJECT.has(operationOf(request))) return;
    const project = projectOf(request);
    if (project !== undefined && reachesProject(access, project)) return;
    const error = new StepfitError(
      'forbidden',
      `The token ${access.name} is for project ${access.project} alone.`,
      { hint: `Name it: --project ${access.project}, or ?project=${access.project}.` },
    );
    await sendProblem(request, reply, error);
  });
}

/** @throws {StepfitError} `unauthorized`, `forbidden`, `store-unavailable`. */
async function admitted(gate: Gate, request: FastifyRequest): Promise<Access> {
  const access = await identify(gate, request);
  if (access === undefined) {
    const hasSome = request.headers.authorization !== undefined;
    throw new StepfitError(
      'unauthorized',
      hasSome ? 'The server does not know the token.' : 'The request has no token.',
      { hint: 'Send `Authorization: Bearer TOKEN`; the CLI takes --token or STEPFIT_TOKEN.' },
    );
  }
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  const needs = NEEDS[operationOf(request)] ?? (isReading ? ['read'] : ['decide']);
  if (isAllowed(access, needs)) return access;
  const what = access.kind === 'token' ? `${access.name} has the role ${access.role}` : '';
  throw new StepfitError('forbidden', `The token ${what}, which is not enough for this.`, {
    hint: `It takes a token that may ${needs.join(' or ')}: docs/tokens.md says which role may what.`,
  });
}

/** As the tables above have it. */
function operationOf({ method, routeOptions }: FastifyRequest): string {
  return `${method === 'HEAD' ? 'GET' : method} ${routeOptions.url ?? ''}`;
}

/** Hints describe a whole flow in the body; every other operation has the project in its address. */
function projectOf(request: FastifyRequest): string | undefined {
  const { project } = (
    operationOf(request) === 'POST /api/v1/hints' ? request.body : request.query
  ) as { readonly project?: string };
  return project;
}
