import compress from '@fastify/compress';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import { fastify, type FastifyBaseLogger, LogController } from 'fastify';

import { type Gate, OPEN_GATE } from '../access/gate.ts';
import type { Instruments } from '../telemetry/instruments.ts';
import { observeRequests } from '../telemetry/observe-requests.ts';
import type { ApiContext } from './api-context.ts';
import type { ApiServer } from './api-server.ts';
import { describeWithOpenApi } from './openapi.ts';
import { answerWithProblems, newRequestId } from './problem-details.ts';
import { requireAccess } from './require-access.ts';
import { accessRoutes } from './routes/access-routes.ts';
import { attemptRoutes } from './routes/attempt-routes.ts';
import { comparisonRoutes } from './routes/comparison-routes.ts';
import { decisionRoutes } from './routes/decision-routes.ts';
import { exportRoutes } from './routes/export-routes.ts';
import { flowRoutes } from './routes/flow-routes.ts';
import { hintRoutes } from './routes/hint-routes.ts';
import { inboxRoutes } from './routes/inbox-routes.ts';
import { liveRoutes } from './routes/live-routes.ts';
import { pauseRoutes } from './routes/pause-routes.ts';
import { policyRoutes } from './routes/policy-routes.ts';
import { reportRoutes } from './routes/report-routes.ts';
import { savingsRoutes } from './routes/savings-routes.ts';
import { stepRoutes } from './routes/step-routes.ts';
import { suggestionRoutes } from './routes/suggestion-routes.ts';
import { systemRoutes } from './routes/system-routes.ts';
import { tokenRoutes } from './routes/token-routes.ts';
import { Problem } from './schemas/problem.ts';
import { describeValidationError, refuseInfinities, VALIDATOR_OPTIONS } from './validation.ts';
import { webRoutes } from './web-routes.ts';

/** A request's headers and body must be in by then; a sampler's takes milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/** Nothing here has a longer address; Node's own limit for all headers together is 16 KiB. */
const MAX_PARAM_LENGTH = 1024;

export interface AppOptions {
  readonly log: FastifyBaseLogger;
  readonly instruments: Instruments;
  /** Who is let in; absent: everybody. */
  readonly gate?: Gate;
}

/**
 * An HTTP server without routes that trusts nothing it is sent: own request ids, strict validation, errors
 * as problem details, nobody whom the gate does not know.
 */
export function createApp({ log, instruments, gate = OPEN_GATE }: AppOptions): ApiServer {
  const app: ApiServer = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: newRequestId,
    requestIdHeader: false,
    trustProxy: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    ajv: { customOptions: VALIDATOR_OPTIONS },
    schemaErrorFormatter: describeValidationError,
  }).withTypeProvider<TypeBoxTypeProvider>();
  app.addSchema(Problem);
  answerWithProblems(app);
  refuseInfinities(app);
  logRequests(app);
  observeRequests(app, instruments);
  requireAccess(app, gate);
  return app;
}

/** REST, its OpenAPI document, and the page. */
export async function apiRoutes(app: ApiServer, context: ApiContext): Promise<void> {
  await describeWithOpenApi(app);
  await app.register(async (scope: ApiServer) => {
    await scope.register(compress, { encodings: ['gzip'] });
    await scope.register(
      async (rest: ApiServer) => {
        reportRoutes(rest, context);
        exportRoutes(rest, context);
        suggestionRoutes(rest, context);
        inboxRoutes(rest, context);
        flowRoutes(rest, context);
        comparisonRoutes(rest, context);
        stepRoutes(rest, context);
        attemptRoutes(rest, context);
        decisionRoutes(rest, context);
        pauseRoutes(rest, context);
        savingsRoutes(rest, context);
        policyRoutes(rest, context);
        hintRoutes(rest, context);
        accessRoutes(rest);
        tokenRoutes(rest, context);
        systemRoutes(rest, context);
        liveRoutes(rest, context);
      },
      { prefix: '/api/v1' },
    );
    await webRoutes(scope, {});
  });
}

function logRequests(app: ApiServer): void {
  app.addHook('onResponse', async (request, reply) => {
    const { method, url } = request;
    const fields = { method, url, status: reply.statusCode, durationMs: reply.elapsedTime };
    request.log.debug(fields, 'request answered');
  });
}
