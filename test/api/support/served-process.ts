import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'api', 'src', 'cli', 'main.ts');

/** `stepfit serve` as a process of its own. */
export interface ServedProcess {
  /** The address that it says it listens on. */
  readonly url: string;
  /** What it has logged so far. */
  log(): readonly LogLine[];
  /** What it has told the person who started it, besides the log. */
  complaints(): string;
  signal(signal: NodeJS.Signals): void;
  /** Sends a signal and waits for the end; resolves with the exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

interface LogLine {
  readonly msg: string;
  readonly level: number;
}

/** Starts a server and waits until it says that it listens. */
export async function serveProcess(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<ServedProcess> {
  const { PATH, HOME, TMPDIR } = process.env;
  const child = spawn(process.execPath, [MAIN, 'serve', '--port', '0', ...args], {
    env: { PATH, HOME, TMPDIR, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log: LogLine[] = [];
  let complaints = '';
  createInterface(child.stderr).on('line', (line) => {
    if (line.startsWith('{')) log.push(JSON.parse(line) as LogLine);
    else complaints += `${line}\n`;
  });
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const address = /listening on (\S+)/.exec(line)?.[1];
      if (address !== undefined) resolve(address);
    });
    child.once('exit', (code) => {
      reject(new Error(`serve ended with ${code}: ${complaints}`));
    });
  });
  return {
    url,
    log: () => log,
    complaints: () => complaints,
    signal: (signal) => void child.kill(signal),
    async end(signal) {
      const ended = once(child, 'close');
      child.kill(signal);
      await ended;
      return child.exitCode;
    },
  };
}

/** Asks again until the answer is as wanted; the test's own time limit bounds it. */
export async function until<Answer>(
  ask: () => Promise<Answer>,
  isWanted: (answer: Answer) => boolean,
): Promise<Answer> {
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer;
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
  }
}
