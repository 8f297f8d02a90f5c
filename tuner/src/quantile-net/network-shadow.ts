import type { ProjectNet } from '../model/project-net.ts';
import { type Features, isPositive, type SeveralFeatures } from '../sizing/shadow/askable.ts';
import { LOOK_BACK } from './attempt-facts.ts';
import { createQuantileNet, type QuantileNet } from './quantile-net.ts';

/** The networks of a project as one of its steps asks them. */
export interface StepNetwork {
  /** Name of the step among those that the networks were trained on. */
  readonly step: string;
  /** The newest network that has learnt from nothing but what had ended before; undefined where there is none. */
  readonly netAt: (timeMs: number) => QuantileNet | undefined;
}

/** One feature is what the forms are for. */
const MIN_FEATURES = 2;

/** How many features a network can read: numbers above zero. */
function countNumeric(features: Features): number {
  return Object.values(features).filter(isPositive).length;
}

/** Whether an attempt states enough numbers for the network to have a say. */
export function statesSeveral(features: Features): boolean {
  return countNumeric(features) >= MIN_FEATURES;
}

/** Under what name the networks of a project know a step. */
export function netStepName(flow: string, step: string): string {
  return `${flow}/${step}`;
}

/** A step's view of `nets`, given in any order; undefined where there are none. Each is made ready when asked. */
export function stepNetwork({
  flow,
  step,
  nets = [],
}: {
  readonly flow: string;
  readonly step: string;
  readonly nets?: readonly ProjectNet[];
}): StepNetwork | undefined {
  if (nets.length === 0) return undefined;
  const newestFirst = nets.toSorted((a, b) => b.learntUntilMs - a.learntUntilMs);
  const ready = new Map<ProjectNet, QuantileNet>();
  return {
    step: netStepName(flow, step),
    netAt(timeMs) {
      const found = newestFirst.find(({ learntUntilMs }) => learntUntilMs < timeMs);
      if (found === undefined) return undefined;
      const net = ready.get(found) ?? createQuantileNet(found.weights);
      ready.set(found, net);
      return net;
    },
  };
}

/**
 * The network as one more shadow of a step, wherever a coming attempt states `minFeatures` numbers: billed
 * like every other, and heard by its bill. It keeps quiet while nothing was trained on what ended before the
 * attempt starts. Needs and requests in MiB; what was declared is what the newest attempt known asked for.
 */
export function createNetworkShadow(
  { step, netAt }: StepNetwork,
  minFeatures = MIN_FEATURES,
): SeveralFeatures {
  return {
    name: 'network',
    findSupport(attempts, features, startsAtMs) {
      const newest = attempts.at(-1);
      if (newest === undefined || countNumeric(features) < minFeatures) return undefined;
      const past = attempts
        .slice(-LOOK_BACK)
        .map((one) => ({ features: one.features, needMiB: one.need }));
      const declaredMiB = newest.request ?? newest.need;
      return netAt(startsAtMs)?.forecast({ step, declaredMiB, features, past });
    },
  };
}
