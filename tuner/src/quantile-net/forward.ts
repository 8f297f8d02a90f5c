import type { AttemptFacts } from './attempt-facts.ts';
import { type DenseLayer, EMBEDDING_SIZE, LEVELS, type NetWeights } from './net-weights.ts';

/** Standardised facts lie within: an input such as none before must not carry the network away. */
const MOST_DEVIATIONS = 4;
/** A need is at most e⁸ ≈ 3,000 times its reference, or as much smaller. */
export const MOST_LOG_RATIO = 8;

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

function applyLayer({ weights, biases }: DenseLayer, inputs: Float64Array): Float64Array {
  const outputs = Float64Array.from(biases);
  const width = outputs.length;
  for (let i = 0; i < inputs.length; i++) {
    const input = inputs[i] as number;
    for (let j = 0; j < width; j++) {
      outputs[j] = (outputs[j] as number) + input * (weights[i * width + j] as number);
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
 * Quantiles at `LEVELS` of the logarithm of need over reference. Ascending by construction: the first
 * output is the lowest, each further one adds a softplus to the one below.
 */
export function predictLogRatios(net: NetWeights, { step, row }: AttemptFacts): Float64Array {
  const place = net.steps.indexOf(step) + 1;
  const known = net.embedding.slice(place * EMBEDDING_SIZE, (place + 1) * EMBEDDING_SIZE);
  let values: Float64Array = Float64Array.from([...standardise(net, row), ...known]);
  for (const [depth, layer] of net.layers.entries()) {
    values = applyLayer(layer, values);
    if (depth < net.layers.length - 1) values = values.map(elu);
  }
  for (let i = 1; i < LEVELS.length; i++) {
    values[i] = (values[i - 1] as number) + softplus(values[i] as number);
  }
  return values.map((value) => Math.max(-MOST_LOG_RATIO, Math.min(MOST_LOG_RATIO, value)));
}
