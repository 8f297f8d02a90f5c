import { parentPort, workerData } from 'node:worker_threads';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import { loadTensorflow } from './tensorflow.ts';
import { trainNetwork } from './train-network.ts';
import type { TrainingMessage, TrainingRequest } from './training-messages.ts';

/** The entry of the worker that `train-quantile-net.ts` starts: trains once, says so, and ends. */
function say(message: TrainingMessage): void {
  parentPort?.postMessage(message);
}

async function train({ examples, options }: TrainingRequest): Promise<void> {
  const { tf, engine } = await loadTensorflow();
  const weights = trainNetwork(tf, examples, {
    ...options,
    onEpoch: (epoch, loss) => say({ kind: 'epoch', epoch, loss }),
  });
  say({ kind: 'trained', weights, engine });
}

try {
  await train(workerData as TrainingRequest);
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const { code, hint } =
    error instanceof StepfitError ? error : { code: 'internal' as const, hint: undefined };
  say({ kind: 'failed', code, message, ...(hint === undefined ? {} : { hint }) });
}
