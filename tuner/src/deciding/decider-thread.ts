import { parentPort } from 'node:worker_threads';

import { decideStep } from '../suggestion/decide-step.ts';
import type { Answer, Question } from './messages.ts';

/** The entry of the thread that `decider.ts` starts. */
function answerTo({ id, input }: Question): Answer {
  try {
    return { kind: 'verdict', id, verdict: decideStep(input) };
  } catch (error) {
    return { kind: 'failed', id, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

parentPort?.on('message', (question: Question) => {
  parentPort?.postMessage(answerTo(question));
});
