import { existsSync } from 'node:fs';
import { join } from 'node:path';

import fastifyStatic from '@fastify/static';
import type { FastifyReply } from 'fastify';

import type { ApiServer } from './api-server.ts';

/** Where `npm run build` puts the dashboard. */
export const WEB_DIST = join(import.meta.dirname, '..', '..', 'web', 'dist');

/**
 * The dashboard loads its own files, asks its own server, and nothing else. Plots set sizes through the style
 * object, which needs no exception; nothing is evaluated, framed or submitted.
 */
export const WEB_CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': WEB_CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
} as const;

/** Every address that a page of the dashboard has; the page itself finds out what to show. */
const PAGES = [
  '/',
  '/flows/:flow',
  '/steps/:flow/:step',
  '/attempts/:attemptId',
  '/suggestions',
  '/savings',
  '/policies',
  '/tokens',
  '/system',
] as const;

/** Addresses that hold no data, as routes have them. */
export const WEB_PATHS: readonly string[] = [...PAGES, '/icon.svg', '/assets/*'];

export interface WebOptions {
  /** Folder of the built dashboard. */
  readonly dist?: string;
}

/**
 * The dashboard. Its files hold no data, so they need no token: the page asks for one and sends it with what
 * it reads. Where it has not been built, its addresses say how to.
 */
export async function webRoutes(app: ApiServer, { dist = WEB_DIST }: WebOptions): Promise<void> {
  const isBuilt = existsSync(join(dist, 'index.html'));
  if (!isBuilt) app.log.warn({ dist }, 'the dashboard is not built: run npm run build');
  if (isBuilt) {
    await app.register(fastifyStatic, {
      root: join(dist, 'assets'),
      prefix: '/assets/',
      immutable: true,
      maxAge: '365d',
      index: false,
      schemaHide: true,
      setHeaders: (reply) => {
        void reply.headers(HEADERS);
      },
    });
    app.get('/icon.svg', { schema: { hide: true } }, async (_request, reply) =>
      sendFile(reply, dist, 'icon.svg'),
    );
  }
  for (const url of PAGES) {
    app.get(url, { schema: { hide: true } }, async (_request, reply) =>
      isBuilt ? sendFile(reply, dist, 'index.html') : sendNotBuilt(reply),
    );
  }
}

function sendFile(reply: FastifyReply, dist: string, name: string): FastifyReply {
  return reply
    .headers({ ...HEADERS, 'cache-control': 'no-cache' })
    .sendFile(name, dist, { cacheControl: false });
}

const NOT_BUILT = `The dashboard is not built yet.

  npm run build        builds it in a few seconds; then start stepfit serve again

REST and the command line need no build: stepfit report, /api/v1/report, /openapi.json
`;

function sendNotBuilt(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .headers({ ...HEADERS, 'cache-control': 'no-store' })
    .type('text/plain; charset=utf-8')
    .send(NOT_BUILT);
}
