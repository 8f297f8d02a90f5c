import { shutDown } from '@stepfit/api/serve/shut-down';
import { pino } from 'pino';
import { expect, it } from 'vitest';

function recordingLog(): {
  log: ReturnType<typeof pino>;
  lines: { msg: string; phase?: string }[];
} {
  const lines: { msg: string; phase?: string }[] = [];
  const stream = {
    write(line: string): void {
      lines.push(JSON.parse(line) as { msg: string; phase?: string });
    },
  };
  return { log: pino({ level: 'debug' }, stream), lines };
}

it('runs the phases in order', async () => {
  const ran: string[] = [];
  const phases = ['requests', 'store'].map((name) => ({
    name,
    timeoutMs: 1000,
    run: async () => {
      ran.push(name);
    },
  }));

  await shutDown(phases, recordingLog().log);

  expect(ran).toEqual(['requests', 'store']);
});

it('goes on after a phase that fails and one that hangs, and says which', async () => {
  const { log, lines } = recordingLog();
  let isStoreClosed = false;

  await shutDown(
    [
      { name: 'requests', timeoutMs: 1000, run: () => Promise.reject(new Error('broken')) },
      { name: 'workers', timeoutMs: 5, run: async () => new Promise(() => {}) },
      {
        name: 'store',
        timeoutMs: 1000,
        run: async () => {
          isStoreClosed = true;
        },
      },
    ],
    log,
  );

  expect(isStoreClosed).toBe(true);
  expect(lines.map(({ msg, phase }) => `${phase}: ${msg}`)).toEqual([
    'requests: shutdown phase failed',
    'workers: shutdown phase took too long',
  ]);
});
