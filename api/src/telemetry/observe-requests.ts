import { type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';

import type { ApiServer } from '../http/api-server.ts';
import { VERSION } from '../version.ts';
import type { Instruments } from './instruments.ts';

/** Probes come every second or so and say nothing; they would drown the rest. */
const UNOBSERVED = new Set(['/healthz', '/readyz']);

/** A span and a duration for every request, named by its route: names must not grow with the data. */
export function observeRequests(app: ApiServer, instruments: Instruments): void {
  const tracer = trace.getTracer('stepfit', VERSION);
  const spans = new WeakMap<FastifyRequest, Span>();

  app.addHook('onRequest', async (request) => {
    if (UNOBSERVED.has(request.routeOptions.url ?? '')) return;
    const route = routeOf(request);
    const span = tracer.startSpan(`${request.method} ${route}`, {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': request.method,
        'http.route': route,
        'stepfit.request.id': request.id,
      },
    });
    spans.set(request, span);
  });

  app.addHook('onResponse', async (request, reply) => {
    const span = spans.get(request);
    if (span === undefined) return;
    const status = reply.statusCode;
    span.setAttribute('http.response.status_code', status);
    if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
    instruments.requestAnswered({
      method: request.method,
      route: routeOf(request),
      status,
      durationMs: reply.elapsedTime,
    });
  });
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}
