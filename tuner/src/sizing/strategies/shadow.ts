import type { MemoryMethod } from '../../model/evidence.ts';
import { createNetworkShadow } from '../../quantile-net/network-shadow.ts';
import { countWords, memoryWords, shareWords } from '../../words/amounts.ts';
import type { MemoryObservation } from '../memory-observation.ts';
import type {
  ComingAttempt,
  MemoryEstimate,
  MemoryLearner,
  MemoryStrategy,
  StrategyContext,
} from '../memory-strategy.ts';
import { createQuantileShadow } from '../quantile/quantile-shadow.ts';
import type { Features, FinishedAttempt, SeveralFeatures } from '../shadow/askable.ts';
import { describeOpinion } from '../shadow/describe.ts';
import { cheapestOpinion, heardOf } from '../shadow/opinion.ts';
import { DEFAULT_SHADOW_OPTIONS } from '../shadow/options.ts';
import { type Consultation, createStepSizer, type StepSizer } from '../shadow/step-sizer.ts';

/**
 * Many small predictors for a step, all running all the time: each turns the history into what this
 * attempt could plausibly need and picks the allocation of least expected waste; each is billed
 * afterwards for the waste it would have caused; the cheap ones decide. docs/sizing.md has the method.
 *
 * An attempt that died of memory, its need unseen, is a lower bound until a later attempt of its task
 * shows the need: what is asked for is never below it.
 */
export const shadow: MemoryStrategy = { name: 'shadow', start };

function start(context: StrategyContext): MemoryLearner {
  const options = {
    ...DEFAULT_SHADOW_OPTIONS,
    several: [createQuantileShadow(), ...networkShadows(context)],
    retryCost: context.retryCost,
    riskRatio: context.riskRatio,
    noRetry: context.noRetry,
  };
  const sizer = createStepSizer(options, () => context.projectSpending);
  const consult = remember(sizer);
  /** Ends of the attempts learnt, ascending. */
  const ends: number[] = [];
  const lowerBounds = new Map<string, number>();
  return {
    learn(observation) {
      const task = taskKey(observation);
      if (observation.knowledge !== 'exact') {
        lowerBounds.set(task, Math.max(lowerBounds.get(task) ?? 0, observation.needMiB));
        return;
      }
      lowerBounds.delete(task);
      const { features, startedAtMs: startsAtMs } = observation;
      const asked = consult({ features, startsAtMs }, countUntil(ends, startsAtMs));
      sizer.learn(toFinished(observation), asked);
      ends.push(observation.endedAtMs);
    },
    estimate(coming) {
      const consultation = consult(coming, sizer.count());
      const estimate = toEstimate(sizer, consultation, coming);
      return lowerBounds.size === 0 ? estimate : raise(estimate, Math.max(...lowerBounds.values()));
    },
  };
}

function taskKey({ run, task }: MemoryObservation): string {
  return JSON.stringify([run, task]);
}

function toFinished({
  features,
  needMiB: need,
  durationHours: hours,
  requestMiB: request,
}: MemoryObservation): FinishedAttempt {
  return { features, need, hours, ...(request === undefined ? {} : { request }) };
}

function networkShadows({ network }: StrategyContext): SeveralFeatures[] {
  return network === undefined ? [] : [createNetworkShadow(network)];
}

/**
 * An attempt is asked about when it starts and again when it is learnt: the second time the answer is
 * there. Without features it depends on the number of attempts known alone.
 */
function remember(sizer: StepSizer): (coming: ComingAttempt, known: number) => Consultation {
  const plain = new Map<number, Consultation>();
  const byFeatures = new WeakMap<Features, Consultation>();
  return ({ features, startsAtMs }, known) => {
    const isPlain = Object.keys(features).length === 0;
    const answer = isPlain ? plain.get(known) : byFeatures.get(features);
    if (answer?.known === known) return answer;
    const fresh = sizer.consult(features, known, startsAtMs);
    if (!isPlain) byFeatures.set(features, fresh);
    else plain.set(known, fresh);
    if (plain.size > REMEMBERED) plain.delete(plain.keys().next().value ?? known);
    return fresh;
  };
}

/** As many attempts of a step as are commonly under way at a time. */
const REMEMBERED = 256;

/** How many of the ascending `ends` are not after `timeMs`. */
function countUntil(ends: readonly number[], timeMs: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ends[middle] ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function toEstimate(
  sizer: StepSizer,
  consultation: Consultation,
  { features }: ComingAttempt,
): MemoryEstimate | undefined {
  const { wish, opinions, known } = consultation;
  const decisive = cheapestOpinion(opinions);
  if (wish === undefined || decisive === undefined) return undefined;
  const attempts = sizer.attemptsBehind(consultation);
  const formula = describeOpinion(decisive, attempts, features);
  const method: MemoryMethod = {
    shadow: decisive.shadow.name,
    formula: `memory = ${formula}`,
    bills: heardOf(opinions)
      .map(({ shadow: { name }, bill }) => ({
        shadow: name,
        wasteRatio: decisive.bill > 0 ? bill / decisive.bill : 1,
      }))
      .toSorted((one, other) => one.wasteRatio - other.wasteRatio),
  };
  const largest = sizer.largestNeed();
  const share = largest > 0 ? wish / largest - 1 : 0;
  const words =
    `least expected waste over ${countWords(known, 'attempt')}, retries charged: the largest need, ` +
    `${memoryWords(largest)}, ${share < 0 ? 'minus' : 'plus'} ${shareWords(Math.abs(share))}`;
  return { firstMiB: wish, words, method };
}

function raise(estimate: MemoryEstimate | undefined, floorMiB: number): MemoryEstimate {
  if (estimate !== undefined && estimate.firstMiB >= floorMiB) return estimate;
  const words = `at least ${memoryWords(floorMiB)}, for attempts that did not run to their end`;
  return { ...estimate, firstMiB: floorMiB, words };
}
