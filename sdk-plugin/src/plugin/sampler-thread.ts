import { parentPort } from 'node:worker_threads';

import { sayOnce } from '../sampling/say-once.ts';
import { type SampleSink, Session } from '../sampling/session.ts';
import type { FromThread, ToThread } from './thread-messages.ts';

/** A thread of the program that measures it: user code that keeps the main thread busy delays no sample. */
const sessions = new Map<number, Session>();

function send(message: FromThread): void {
  parentPort?.postMessage(message);
}

parentPort?.on('message', (message: ToThread) => {
  if (message.kind === 'start') start(message);
  else void stop(message);
});

function start({ id, session, returnsSamples }: Extract<ToThread, { kind: 'start' }>): void {
  const options = { ...session, say: sayOnce(session.settings.logFile) };
  const sink: SampleSink = {
    add: (sample) => {
      send({ kind: 'sample', id, sample });
    },
    close: () => Promise.resolve(),
  };
  const started = new Session(options, returnsSamples ? sink : undefined);
  sessions.set(id, started);
  started.start();
}

async function stop({ id, end, marks }: Extract<ToThread, { kind: 'stop' }>): Promise<void> {
  const session = sessions.get(id);
  sessions.delete(id);
  if (session !== undefined) {
    // A live process has its CPU time in its files: a last word on that adds nothing.
    await session.stop({ userS: 0, systemS: 0, ...marks });
    const outcome = end.outcome === 'failed' && session.oomKills > 0 ? 'oom' : end.outcome;
    send({ kind: 'stopped', id, totals: session.totals });
    await session.report({ ...end, outcome });
  }
  send({ kind: 'reported', id });
}
