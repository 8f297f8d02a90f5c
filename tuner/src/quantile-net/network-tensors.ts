import {
  type DenseLayer,
  EMBEDDING_SIZE,
  LAYER_SIZES,
  LEVELS,
  type NetWeights,
} from './net-weights.ts';
import { normal } from './random.ts';
import type { Tensor2D, Tensorflow, Variable } from './tensorflow.ts';

interface LayerVariables {
  readonly weights: Variable & Tensor2D;
  readonly biases: Variable & Tensor2D;
}

/** The network as TensorFlow trains it; `forward.ts` is the same in plain arithmetic. */
export interface NetworkTensors {
  /** Quantiles of the logarithm of need over reference, in spreads: rows × levels. */
  readonly predict: (rows: Tensor2D, stepPlaces: Int32Array) => Tensor2D;
  /** What weight decay holds small: everything but the biases. */
  readonly matrices: readonly Variable[];
  readonly read: () => Pick<NetWeights, 'embedding' | 'layers'>;
  readonly dispose: () => void;
}

/** Glorot and Bengio's deviation: signals keep their size from layer to layer. */
function initialLayer(inputs: number, outputs: number, random: () => number): DenseLayer {
  const deviation = Math.sqrt(2 / (inputs + outputs));
  return {
    weights: Array.from({ length: inputs * outputs }, () => deviation * normal(random)),
    biases: Array.from({ length: outputs }, () => 0),
  };
}

export function initialWeights(
  steps: number,
  random: () => number,
): Pick<NetWeights, 'embedding' | 'layers'> {
  const [inputs, first, second, outputs] = LAYER_SIZES;
  return {
    embedding: Array.from({ length: (steps + 1) * EMBEDDING_SIZE }, () => 0.1 * normal(random)),
    layers: [
      initialLayer(inputs, first, random),
      initialLayer(first, second, random),
      initialLayer(second, outputs, random),
    ],
  };
}

/** The tidy frees the tensor that the variable was copied from; variables outlive it. */
function toVariable(
  tf: Tensorflow,
  values: readonly number[],
  shape: [number, number],
): Variable & Tensor2D {
  return tf.tidy(() => tf.variable(tf.tensor2d([...values], shape))) as Variable & Tensor2D;
}

export function toTensors(
  tf: Tensorflow,
  initial: Pick<NetWeights, 'embedding' | 'layers'>,
): NetworkTensors {
  const stepCount = initial.embedding.length / EMBEDDING_SIZE;
  const embedding = toVariable(tf, initial.embedding, [stepCount, EMBEDDING_SIZE]);
  const layers = initial.layers.map(({ weights, biases }, depth): LayerVariables => {
    const [inputs, outputs] = [LAYER_SIZES[depth] ?? 0, LAYER_SIZES[depth + 1] ?? 0];
    return {
      weights: toVariable(tf, weights, [inputs, outputs]),
      biases: toVariable(tf, biases, [1, outputs]),
    };
  });

  function predict(rows: Tensor2D, stepPlaces: Int32Array): Tensor2D {
    // The gradient of a row lookup has no WebAssembly kernel; that of a product has.
    const places = tf.oneHot(tf.tensor1d(stepPlaces, 'int32'), stepCount);
    let values = tf.concat([rows, tf.matMul(tf.cast(places, 'float32'), embedding)], 1) as Tensor2D;
    for (const [depth, { weights, biases }] of layers.entries()) {
      values = tf.add(tf.matMul(values, weights), biases);
      if (depth < layers.length - 1) values = tf.elu(values);
    }
    const lowest = tf.slice(values, [0, 0], [-1, 1]);
    const rises = tf.softplus(tf.slice(values, [0, 1], [-1, LEVELS.length - 1]));
    return tf.cumsum(tf.concat([lowest, rises], 1), 1);
  }

  const variables = [embedding, ...layers.flatMap(({ weights, biases }) => [weights, biases])];
  return {
    predict,
    matrices: [embedding, ...layers.map(({ weights }) => weights)],
    read: () => ({
      embedding: numbersOf(embedding),
      layers: layers.map(({ weights, biases }) => ({
        weights: numbersOf(weights),
        biases: numbersOf(biases),
      })),
    }),
    dispose: () => tf.dispose(variables),
  };
}

/** Digits that tell any two numbers of 32 bits apart; the rest would only make the network longer to write. */
const FLOAT32_DIGITS = 9;

function numbersOf(variable: Variable): number[] {
  return Array.from(variable.dataSync(), (value) => Number(value.toPrecision(FLOAT32_DIGITS)));
}
