import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** The checkout under test. */
export const ROOT = join(import.meta.dirname, '..', '..');

export interface Finished {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a program to its end; both streams end up in `output`, in the order they were written. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Finished> {
  const child = spawn(command, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  await once(child, 'close');
  return { status: child.exitCode, output };
}

/** A port that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => {
    probe.listen(0, '127.0.0.1', resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise<void>((resolve) => {
    probe.close(() => {
      resolve();
    });
  });
  return port;
}

export interface ServedProduct {
  readonly url: string;
  readonly process: ChildProcess;
  /** Ends it as `systemctl stop` would, and waits. */
  stop(): Promise<void>;
}

/** `stepfit serve` as a process of its own on an embedded store, ready to take requests. */
export async function serveProduct(options: {
  readonly port: number;
  readonly dataDir: string;
  readonly root?: string;
}): Promise<ServedProduct> {
  const url = `http://127.0.0.1:${options.port}`;
  const root = options.root ?? ROOT;
  const child = spawn(
    process.execPath,
    [
      join(root, 'api/src/cli/main.ts'),
      'serve',
      '--port',
      String(options.port),
      '--data-dir',
      options.dataDir,
    ],
    { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`stepfit serve ended:\n${errors}`);
    await sleep(100);
  }
  return {
    url,
    process: child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      await closed;
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** Waits until nothing runs, nothing is unsettled and the tuner has looked at every step. */
export async function untilTuned(url: string): Promise<void> {
  for (;;) {
    const system = (await (await fetch(`${url}/api/v1/system`)).json()) as {
      attempts: { running: number; unsettled: number };
      steps: { tuneDue: number };
    };
    if (system.attempts.running + system.attempts.unsettled + system.steps.tuneDue === 0) return;
    await sleep(200);
  }
}

/** Copies what git knows of the checkout (and what is new and not ignored), as a clean clone would have it. */
export async function copyCheckout(target: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    execFile(
      'sh',
      [
        '-c',
        'git ls-files -z --cached --others --exclude-standard --deduplicate | ' +
          'tar --null --ignore-failed-read -T - -cf - | tar -xf - -C "$0"',
        target,
      ],
      { cwd: ROOT },
      (error) => {
        if (error) reject(new Error('the checkout could not be copied', { cause: error }));
        else resolve();
      },
    );
  });
}
