import { EMBEDDING_SIZE, LEVELS, type NetWeights } from './net-weights.ts';

/** Standardised facts lie within: an input such as none before must not carry the network away. */
const MOST_DEVIATIONS = 4;
/** Needs lie within this many spreads of their reference. */
const MOST_SPREADS = 8;

export function clipSpreads(value: number): number {
  return Math.max(-MOST_SPREADS, Math.min(MOST_SPREADS, value));
}

/** Facts in deviations from their means, clipped. */
export function standardise(
  { means, deviations }: Pick<NetWeights, 'means' | 'deviations'>,
  row: Float64Array,
): Float64Array {
  return row.map((value, i) => {
    const standard = (value - (means[i] ?? 0)) / (deviations[i] ?? 1);
    return Math.max(-MOST_DEVIATIONS, Math.min(MOST_DEVIATIONS, standard));
  });
}

interface Layer {
  readonly weights: Float64Array;
  readonly biases: Float64Array;
}

function applyLayer({ weights, biases }: Layer, inputs: Float64Array): Float64Array {
  const outputs = biases.slice();
  const width = outputs.length;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i] as number;
    const start = i * width;
    for (let j = 0; j < width; j++) {
      outputs[j] = (outputs[j] as number) + input * (weights[start + j] as number);
    }
  }
  return outputs;
}

function elu(value: number): number {
  return value >= 0 ? value : Math.expm1(value);
}

function softplus(value: number): number {
  return Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));
}

/**
 * Quantiles at `LEVELS` of the logarithm of a need, in spreads from its reference, given a row of facts.
 * Ascending by construction: the first output is the lowest, each further one adds a softplus to the one
 * below.
 */
export type PredictPositions = (step: string, row: Float64Array) => Float64Array;

/** The trained network in plain arithmetic; `network-tensors.ts` is the same for TensorFlow. */
export function createForward(net: NetWeights): PredictPositions {
  const layers = net.layers.map(({ weights, biases }): Layer => ({
    weights: Float64Array.from(weights),
    biases: Float64Array.from(biases),
  }));
  const places = new Map(net.steps.map((step, i) => [step, i + 1]));
  const embedding = Float64Array.from(net.embedding);
  return (step, row) => {
    const start = (places.get(step) ?? 0) * EMBEDDING_SIZE;
    let values: Float64Array = new Float64Array(row.length + EMBEDDING_SIZE);
    values.set(standardise(net, row));
    values.set(embedding.subarray(start, start + EMBEDDING_SIZE), row.length);
    for (const [depth, layer] of layers.entries()) {
      values = applyLayer(layer, values);
      if (depth < layers.length - 1) values = values.map(elu);
    }
    for (let i = 1; i < LEVELS.length; i++) {
      values[i] = (values[i - 1] as number) + softplus(values[i] as number);
    }
    return values.map(clipSpreads);
  };
}
