import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type * as core from '@tensorflow/tfjs-core';

export type Tensorflow = typeof core;
export type { Scalar, Tensor2D, Variable } from '@tensorflow/tfjs-core';

/** Which TensorFlow trains. */
export type Engine = 'tfjs-node' | 'wasm';

export interface LoadedTensorflow {
  readonly tf: Tensorflow;
  readonly engine: Engine;
}

/** Not a dependency: it loads a native library of some 300 MB, and a user may have it all the same. */
const NATIVE: string = '@tensorflow/tfjs-node';

/** tfjs-node 4.22 imports well and then fails at its first operation on Node 23 and newer: so try one. */
async function loadNative(): Promise<Tensorflow | undefined> {
  try {
    const tf = (await import(NATIVE)) as Tensorflow;
    await tf.ready();
    tf.tidy(() => tf.add(tf.scalar(1), tf.scalar(1)).dataSync());
    return tf;
  } catch {
    return undefined;
  }
}

/**
 * TensorFlow.js with the fastest engine there is: tfjs-node where the user has installed it and it works,
 * else WebAssembly. Loaded when it is first needed: whoever does not train does not pay for it.
 *
 * @throws {StepfitError} `not-found` where it is not installed.
 */
export async function loadTensorflow(): Promise<LoadedTensorflow> {
  const native = await loadNative();
  if (native !== undefined) return { tf: native, engine: 'tfjs-node' };
  try {
    const tf = await import('@tensorflow/tfjs-core');
    await import('@tensorflow/tfjs-backend-wasm');
    // Registers the gradients of all operations, which core's bundle for Node does not.
    await import('@tensorflow/tfjs-layers');
    await tf.setBackend('wasm');
    await tf.ready();
    return { tf, engine: 'wasm' };
  } catch (cause) {
    throw new StepfitError(
      'not-found',
      'TensorFlow.js cannot be loaded, so no network is trained.',
      {
        hint: 'Install tfjs-core, tfjs-layers and tfjs-backend-wasm of @tensorflow in version 4.22.0, or go without the network.',
        cause,
      },
    );
  }
}
