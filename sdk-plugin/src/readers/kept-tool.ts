import { type ChildProcess, spawn } from 'node:child_process';

import { signalChild } from '../processes/signal-child.ts';

export interface KeptToolOptions {
  readonly command: readonly [file: string, ...args: string[]];
  /** Ends each record that the tool prints. */
  readonly separator: string;
  readonly onRecord: (text: string) => void;
  readonly onError: (error: Error) => void;
}

/** A program that is kept running and prints records. It keeps nothing else alive, and ends with us. */
export class KeptTool {
  readonly #child: ChildProcess;

  constructor({ command: [file, ...args], separator, onRecord, onError }: KeptToolOptions) {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    child.on('error', onError);
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const records = (rest + text).split(separator);
      rest = records.pop() ?? '';
      for (const record of records) onRecord(record);
    });
    // One that has ended reads nothing any more.
    child.stdin.on('error', () => undefined);
    for (const handle of [child, child.stdin, child.stdout]) unref(handle);
    this.#child = child;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends it a line. */
  ask(): void {
    this.#child.stdin?.write('\n');
  }

  stop(): void {
    signalChild(this.#child, 'SIGKILL');
  }
}

/** A pipe's socket can be let go of, which its type does not say. */
function unref(handle: object): void {
  (handle as { unref?: () => void }).unref?.();
}
