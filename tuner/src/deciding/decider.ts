import { Worker } from 'node:worker_threads';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { Verdict } from '../model/suggestion.ts';
import type { StepInput } from '../suggestion/decide-step.ts';
import type { Answer, Question } from './messages.ts';

const THREAD = new URL('./decider-thread.ts', import.meta.url);

/** Decides steps in a thread of its own: a verdict takes up to seconds, and others wait for the caller's thread. */
export interface Decider {
  /**
   * The same as `decideStep` says.
   *
   * @throws {StepfitError} `internal` where the thread fails; the next question starts another one.
   */
  readonly decide: (input: StepInput) => Promise<Verdict>;
  readonly stop: () => Promise<void>;
}

interface Waiting {
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: Error) => void;
}

/** The thread starts with the first question, answers one after the other, and keeps no process alive. */
export function createDecider(): Decider {
  const waiting = new Map<number, Waiting>();
  let thread: Worker | undefined;
  let asked = 0;

  function failAll(failed: Worker, error: Error): void {
    if (thread !== failed) return;
    thread = undefined;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }

  function start(): Worker {
    const started = new Worker(THREAD);
    started.unref();
    started.on('message', (answer: Answer) => {
      const asker = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (waiting.size === 0) started.unref();
      if (answer.kind === 'verdict') asker?.resolve(answer.verdict);
      else asker?.reject(answer.error);
    });
    started.on('error', (cause) => {
      failAll(
        started,
        new StepfitError('internal', 'The thread that sizes steps failed.', { cause }),
      );
    });
    started.on('exit', (status) => {
      const message = `The thread that sizes steps ended early, with status ${status}.`;
      failAll(started, new StepfitError('internal', message));
    });
    return started;
  }

  return {
    async decide(input) {
      thread ??= start();
      asked += 1;
      const { promise, resolve, reject } = Promise.withResolvers<Verdict>();
      waiting.set(asked, { resolve, reject });
      thread.ref();
      thread.postMessage({ id: asked, input } satisfies Question);
      return promise;
    },
    async stop() {
      await thread?.terminate();
    },
  };
}
