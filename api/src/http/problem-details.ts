import { randomUUID } from 'node:crypto';

import { type ErrorCode, StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

import type { Problem } from './schemas/problem.ts';

interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** The one place where error codes become HTTP statuses. */
const KINDS: Record<ErrorCode, ProblemKind> = {
  'invalid-input': { status: 400, title: 'The request is not valid' },
  unauthorized: { status: 401, title: 'A valid token is needed' },
  forbidden: { status: 403, title: 'The token is not for this' },
  'not-found': { status: 404, title: 'There is nothing of that name' },
  conflict: { status: 409, title: 'The state has changed meanwhile' },
  'payload-too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The content type is not supported' },
  'too-many-steps': { status: 429, title: 'The project has too many steps' },
  'store-locked': { status: 503, title: 'The store is in use by another process' },
  'store-unavailable': { status: 503, title: 'The store does not answer' },
  'port-in-use': { status: 500, title: 'The port is in use' },
  'server-unreachable': { status: 502, title: 'The server cannot be reached' },
  'unsafe-listen': { status: 500, title: 'Listening there would be unsafe' },
  'forge-failed': { status: 502, title: 'The code host did not do it' },
  internal: { status: 500, title: 'Something failed inside StepFit' },
};

/** Statuses that Fastify itself answers with, in our codes. */
const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid-input',
  404: 'not-found',
  413: 'payload-too-large',
  415: 'unsupported-media-type',
};

/** Turns anything thrown into the one error class, without losing what it was. */
export function toStepfitError(error: unknown): StepfitError {
  if (error instanceof StepfitError) return error;
  const { statusCode = 500, validation, message } = error as Partial<FastifyError>;
  const code = CODE_BY_STATUS[statusCode];
  if (code !== undefined && message !== undefined) {
    const hint = validation === undefined ? undefined : 'See /openapi.json for what is accepted.';
    return new StepfitError(code, message, { cause: error, ...(hint && { hint }) });
  }
  return new StepfitError('internal', 'Something failed inside StepFit.', {
    hint: 'The server’s log has the reason under this request’s id.',
    cause: error,
  });
}

/** Answers with problem details; what is not the caller’s fault is logged with its cause. */
export async function sendProblem(
  request: FastifyRequest,
  reply: FastifyReply,
  thrown: unknown,
): Promise<FastifyReply> {
  const error = toStepfitError(thrown);
  const { status, title } = KINDS[error.code];
  if (status >= 500) request.log.error({ err: thrown, code: error.code }, 'request failed');

  const problem: Problem = {
    type: `urn:stepfit:error:${error.code}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
    instance: request.id,
  };
  if (status === 401) void reply.header('www-authenticate', 'Bearer realm="stepfit"');
  return reply
    .code(status)
    .type('application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problem);
}

/** Every error and every unknown address is answered with problem details. */
export function answerWithProblems(app: FastifyInstance): void {
  app.setErrorHandler(async (error, request, reply) => sendProblem(request, reply, error));
  app.setNotFoundHandler(async (request, reply) =>
    sendProblem(
      request,
      reply,
      new StepfitError('not-found', `There is no ${request.method} ${request.url}.`, {
        hint: 'See /openapi.json for the addresses there are.',
      }),
    ),
  );
}

/** Request ids are ours alone: one given by the caller could collide or forge a line of the log. */
export function newRequestId(): string {
  return randomUUID();
}
