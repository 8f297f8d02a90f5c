import { Worker } from 'node:worker_threads';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { NetWeights } from './net-weights.ts';
import { createQuantileNet, type QuantileNet } from './quantile-net.ts';
import { DEFAULT_TRAINING, MIN_EXAMPLES, type TrainingOptions } from './train-network.ts';
import type { TrainingMessage, TrainingRequest } from './training-messages.ts';
import type { TrainingSet } from './training-set.ts';

const WORKER = new URL('./training-worker.ts', import.meta.url);
/** The network and some ten thousand examples take a tenth of it. */
const HEAP_MB = 1024;

export interface TrainQuantileNetOptions extends Partial<TrainingOptions> {
  /** Ends the training; the promise is then rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  /** JavaScript memory of the worker; one that wants more dies. */
  readonly heapMb?: number;
}

/**
 * Trains a quantile network on attempts of all steps of a project, in the order of their ends, in a worker
 * thread: the caller's thread goes on, and whatever becomes of the worker reaches it as a rejection only.
 *
 * @throws {StepfitError} `invalid-input` for fewer than `MIN_EXAMPLES` attempts, `not-found` where
 *   TensorFlow.js is not installed, `internal` where the worker fails.
 */
export async function trainQuantileNet(
  trainingSet: TrainingSet,
  { signal, onEpoch, heapMb = HEAP_MB, ...changes }: TrainQuantileNetOptions = {},
): Promise<QuantileNet> {
  if (trainingSet.length < MIN_EXAMPLES) {
    throw new StepfitError(
      'invalid-input',
      `A quantile network is trained on at least ${MIN_EXAMPLES} attempts, not on ${trainingSet.length}.`,
    );
  }
  signal?.throwIfAborted();
  const request: TrainingRequest = {
    examples: trainingSet,
    options: { ...DEFAULT_TRAINING, ...changes },
  };
  const worker = new Worker(WORKER, {
    workerData: request,
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
  });
  try {
    return createQuantileNet(await awaitWeights(worker, onEpoch, signal));
  } finally {
    await worker.terminate();
  }
}

async function awaitWeights(
  worker: Worker,
  onEpoch: TrainingOptions['onEpoch'],
  signal: AbortSignal | undefined,
): Promise<NetWeights> {
  const { promise, resolve, reject } = Promise.withResolvers<NetWeights>();
  function abort(): void {
    reject(signal?.reason as Error);
  }
  signal?.addEventListener('abort', abort, { once: true });
  worker.on('message', (message: TrainingMessage) => {
    if (message.kind === 'epoch') onEpoch?.(message.epoch, message.loss);
    else if (message.kind === 'trained') resolve(message.weights);
    else reject(toError(message));
  });
  worker.on('error', (cause) => {
    reject(new StepfitError('internal', 'The training of the quantile network failed.', { cause }));
  });
  worker.on('exit', (status) => {
    const message = `The training of the quantile network ended early, with status ${status}.`;
    reject(new StepfitError('internal', message));
  });
  try {
    return await promise;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function toError({ code, message, hint }: TrainingMessage & { kind: 'failed' }): StepfitError {
  return new StepfitError(code, message, hint === undefined ? {} : { hint });
}
