import { FACT_COUNT } from './attempt-facts.ts';

/** Quantiles that the network gives: more of them above, where failing is decided. */
export const LEVELS = [0.05, 0.25, 0.5, 0.7, 0.85, 0.93, 0.97, 0.99] as const;
/** Numbers that stand for a step. */
export const EMBEDDING_SIZE = 8;
const HIDDEN = 24;

/** Sizes of the layers: the facts with the step's numbers, two hidden layers, one number a quantile. */
export const LAYER_SIZES = [FACT_COUNT + EMBEDDING_SIZE, HIDDEN, HIDDEN, LEVELS.length] as const;

/** `weights` row by row: one row of outputs for each input. */
export interface DenseLayer {
  readonly weights: readonly number[];
  readonly biases: readonly number[];
}

/** A trained network as plain data: what JSON keeps. */
export interface NetWeights {
  readonly version: 1;
  /** Mean and deviation of each fact over what was trained on. */
  readonly means: readonly number[];
  readonly deviations: readonly number[];
  /** Steps with numbers of their own, in the order of the rows after the first. */
  readonly steps: readonly string[];
  /** One row of `EMBEDDING_SIZE` for a step that is not known, then one for each of `steps`. */
  readonly embedding: readonly number[];
  readonly layers: readonly DenseLayer[];
}
