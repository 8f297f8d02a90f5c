import type { ServerResponse } from 'node:http';

import Type from 'typebox';

import { OPEN_GATE } from '../../access/gate.ts';
import { watchChanges } from '../../live/watch-changes.ts';
import type { ApiContext } from '../api-context.ts';
import type { ApiServer } from '../api-server.ts';
import { identify } from '../require-access.ts';
import { ProjectQuery } from '../schemas/common.ts';
import { PROBLEM_RESPONSES } from '../schemas/problem.ts';

/** Samplers push each second or two: looking more often shows nothing new. */
const LOOK_MS = 1000;
/** Proxies close what is silent for a minute; many for half of one. */
const HEARTBEAT_MS = 15_000;

/** Server-sent events: one each time that something in a project changed. */
export function liveRoutes(app: ApiServer, { store, gate = OPEN_GATE }: ApiContext): void {
  const watch = watchChanges(store.db, app.log, LOOK_MS);
  const streams = new Set<ServerResponse>();
  // Streams never end by themselves, and closing waits for requests in flight.
  app.addHook('preClose', async () => {
    watch.stop();
    for (const stream of streams) stream.end();
  });

  app.get(
    '/events',
    {
      schema: {
        tags: ['system'],
        summary: 'Server-sent events, `change`, with how the project stands each time it changes',
        querystring: ProjectQuery,
        produces: ['text/event-stream'],
        response: {
          200: Type.String({ description: 'Events; the data of each is one JSON object.' }),
          ...PROBLEM_RESPONSES,
        },
      },
    },
    async (request, reply) => {
      reply.hijack();
      const stream = reply.raw;
      stream.writeHead(200, {
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      stream.write('retry: 2000\n\n');
      streams.add(stream);
      const unsubscribe = watch.subscribe(request.query.project, (state) => {
        stream.write(`event: change\ndata: ${JSON.stringify(state)}\n\n`);
      });
      const heartbeat = setInterval(() => {
        // A token may be revoked while its stream is open.
        void identify(gate, request).then(
          (access) => (access === undefined ? stream.end() : stream.write(': still here\n\n')),
          () => stream.end(),
        );
      }, HEARTBEAT_MS).unref();
      stream.once('close', () => {
        clearInterval(heartbeat);
        unsubscribe();
        streams.delete(stream);
      });
    },
  );
}
