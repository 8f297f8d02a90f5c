import { FACT_COUNT } from './attempt-facts.ts';
import { standardise } from './forward.ts';
import { LEVELS, type NetWeights } from './net-weights.ts';
import { initialWeights, type NetworkTensors, toTensors } from './network-tensors.ts';
import { createRandom, shuffle } from './random.ts';
import type { Scalar, Tensor2D, Tensorflow } from './tensorflow.ts';
import type { Example, Lesson } from './training-set.ts';

export interface TrainingOptions {
  /** The same seed and examples give the same network. */
  readonly seed: number;
  /** Most times that all examples are gone through. */
  readonly maxEpochs: number;
  /** Told after each epoch; the loss is that of the attempts held back. */
  readonly onEpoch?: (epoch: number, loss: number) => void;
}

export const DEFAULT_TRAINING: TrainingOptions = { seed: 1, maxEpochs: 60 };

/** Fewer examples than this teach nothing. */
export const MIN_EXAMPLES = 30;
/** Share of the examples, the newest, by which training is stopped. */
const HELD_BACK = 0.15;
/** Epochs without a better loss after which training stops. */
const PATIENCE = 6;
/** Rows in a batch: an epoch takes at least a dozen steps where there are rows enough. */
const BATCH = { least: 32, most: 256, steps: 12 };
/** Both common for a network of this size, and set once: the figures of docs/quantile-net.md rest on them. */
const LEARNING_RATE = 4e-3;
const DECAY = 1e-4;

/** Share of the times that an example is shown as it was. */
const SHOWN_AS_IT_WAS = 0.5;
/** And without the step's name, so that its facts carry what they can; else as from a step without any past. */
const SHOWN_NAMELESS = 0.2;

/** One row of a batch. */
interface Shown {
  readonly lesson: Lesson;
  /** 0 for a step that is not known. */
  readonly place: number;
  readonly weight: number;
}

/** Examples as steps of known places show them. */
interface Curriculum {
  readonly examples: readonly Example[];
  readonly places: ReadonlyMap<string, number>;
  /** Weight of an example that stands for its step: each step counts the same. */
  readonly stepWeights: ReadonlyMap<string, number>;
}

function toCurriculum(examples: readonly Example[], steps: readonly string[]): Curriculum {
  const counts = new Map<string, number>();
  for (const { step } of examples) counts.set(step, (counts.get(step) ?? 0) + 1);
  return {
    examples,
    places: new Map(steps.map((step, i) => [step, i + 1])),
    stepWeights: new Map(
      [...counts].map(([step, count]) => [step, examples.length / (count * counts.size)]),
    ),
  };
}

function show({ places, stepWeights }: Curriculum, example: Example, draw: number): Shown {
  const { step, warm, cold } = example;
  if (draw < SHOWN_AS_IT_WAS) return { lesson: warm, place: places.get(step) ?? 0, weight: 1 };
  if (draw < SHOWN_AS_IT_WAS + SHOWN_NAMELESS) return { lesson: warm, place: 0, weight: 1 };
  return { lesson: cold, place: 0, weight: stepWeights.get(step) ?? 1 };
}

type Scaler = Pick<NetWeights, 'means' | 'deviations'>;

/** Means and deviations of the facts over both ways of showing an example. */
function fitScaler(examples: readonly Example[]): Scaler {
  const rows = examples.flatMap(({ warm, cold }) => [warm.row, cold.row]);
  const means = Array.from({ length: FACT_COUNT }, () => 0);
  const deviations = Array.from({ length: FACT_COUNT }, () => 0);
  for (const row of rows) {
    for (const [i, value] of row.entries()) means[i] = (means[i] ?? 0) + value / rows.length;
  }
  for (const row of rows) {
    for (const [i, value] of row.entries()) {
      deviations[i] = (deviations[i] ?? 0) + (value - (means[i] ?? 0)) ** 2 / rows.length;
    }
  }
  return { means, deviations: deviations.map((square) => Math.sqrt(square) || 1) };
}

interface Batch {
  readonly rows: Tensor2D;
  readonly places: Int32Array;
  readonly targets: Tensor2D;
  readonly weights: Tensor2D;
}

function toBatch(tf: Tensorflow, shown: readonly Shown[], scaler: Scaler): Batch {
  const count = shown.length;
  const rows = new Float32Array(count * FACT_COUNT);
  for (const [i, { lesson }] of shown.entries()) {
    rows.set(standardise(scaler, lesson.row), i * FACT_COUNT);
  }
  return {
    rows: tf.tensor2d(rows, [count, FACT_COUNT]),
    places: Int32Array.from(shown, ({ place }) => place),
    targets: tf.tensor2d(
      Float32Array.from(shown, ({ lesson }) => lesson.target),
      [count, 1],
    ),
    weights: tf.tensor2d(
      Float32Array.from(shown, ({ weight }) => weight),
      [count, 1],
    ),
  };
}

/** Mean pinball loss over rows and quantiles, as a tensor. */
function pinballLoss(tf: Tensorflow, network: NetworkTensors, batch: Batch): Scalar {
  const residuals = tf.sub(batch.targets, network.predict(batch.rows, batch.places));
  const levels = tf.tensor2d([...LEVELS], [1, LEVELS.length]);
  const losses = tf.maximum(tf.mul(residuals, levels), tf.mul(residuals, tf.sub(levels, 1)));
  return tf.mean(tf.mul(losses, batch.weights));
}

interface Trainer {
  readonly train: (curriculum: Curriculum) => void;
  /** Loss over all three ways of showing the examples. */
  readonly evaluate: (curriculum: Curriculum) => number;
  readonly read: () => NetWeights;
  readonly dispose: () => void;
}

/** A network that knows nothing yet, for the steps and with the scales of `examples`. */
function createTrainer(tf: Tensorflow, examples: readonly Example[], seed: number): Trainer {
  const random = createRandom(seed);
  const steps = distinctSteps(examples);
  const scaler = fitScaler(examples);
  const network = toTensors(tf, initialWeights(steps.length, random));
  const optimizer = tf.train.adam(LEARNING_RATE);
  function decay(): Scalar {
    const squares = network.matrices.map((matrix) => tf.sum<Scalar>(tf.square(matrix)));
    return tf.mul(tf.addN(squares), DECAY);
  }
  return {
    train(curriculum) {
      const shown = shuffle(curriculum.examples, random).map((one) =>
        show(curriculum, one, random()),
      );
      const size = Math.ceil(
        Math.min(BATCH.most, Math.max(BATCH.least, shown.length / BATCH.steps)),
      );
      for (let start = 0; start < shown.length; start += size) {
        tf.tidy(() => {
          const batch = toBatch(tf, shown.slice(start, start + size), scaler);
          optimizer.minimize(() => tf.add<Scalar>(pinballLoss(tf, network, batch), decay()));
        });
      }
    },
    evaluate(curriculum) {
      const draws = [0, SHOWN_AS_IT_WAS, 1];
      const shown = draws.flatMap((draw) =>
        curriculum.examples.map((one) => show(curriculum, one, draw)),
      );
      return tf.tidy(() => {
        return pinballLoss(tf, network, toBatch(tf, shown, scaler)).dataSync()[0] ?? Number.NaN;
      });
    },
    read: () => ({ version: 1, ...scaler, steps, ...network.read() }),
    dispose() {
      optimizer.dispose();
      network.dispose();
    },
  };
}

function distinctSteps(examples: readonly Example[]): string[] {
  return [...new Set(examples.map(({ step }) => step))];
}

/** How many epochs of learning the older examples serve the newest ones best. */
function findBestEpoch(
  tf: Tensorflow,
  examples: readonly Example[],
  options: TrainingOptions,
): number {
  const older = examples.slice(0, Math.ceil(examples.length * (1 - HELD_BACK)));
  const steps = distinctSteps(older);
  const learnt = toCurriculum(older, steps);
  const held = toCurriculum(examples.slice(older.length), steps);
  const trainer = createTrainer(tf, older, options.seed);
  try {
    let best = { epoch: 0, loss: Number.POSITIVE_INFINITY };
    for (let epoch = 1; epoch <= options.maxEpochs && epoch - best.epoch <= PATIENCE; epoch++) {
      trainer.train(learnt);
      const loss = trainer.evaluate(held);
      options.onEpoch?.(epoch, loss);
      if (loss < best.loss) best = { epoch, loss };
    }
    return best.epoch;
  } finally {
    trainer.dispose();
  }
}

/**
 * Trains the network on attempts of all steps at once, in the order of their ends: first on the older ones
 * until the newest are predicted no better, then afresh on all of them for as many epochs. Multi-quantile
 * pinball loss, Adam. Deterministic on the WebAssembly engine. Blocks for seconds: it belongs in a worker.
 */
export function trainNetwork(
  tf: Tensorflow,
  examples: readonly Example[],
  options: TrainingOptions = DEFAULT_TRAINING,
): NetWeights {
  const epochs = findBestEpoch(tf, examples, options);
  const everything = toCurriculum(examples, distinctSteps(examples));
  const trainer = createTrainer(tf, examples, options.seed);
  try {
    for (let epoch = 1; epoch <= epochs; epoch++) trainer.train(everything);
    return trainer.read();
  } finally {
    trainer.dispose();
  }
}
