import type { SeveralFeatures } from '../sizing/shadow/askable.ts';
import { DEFAULT_SHADOW_OPTIONS, type ShadowOptions } from '../sizing/shadow/options.ts';
import { planFirst, type PlanFacts, planRetry } from '../sizing/shadow/plan.ts';
import { type Consultation, createStepSizer, type StepSizer } from '../sizing/shadow/step-sizer.ts';
import type { Launch, Sizer } from './sizer.ts';

interface Step {
  readonly sizer: StepSizer;
  readonly asked: Map<number, Consultation>;
  /** Allocations that tasks still under way have run out of. */
  readonly openFailures: Map<number, number>;
}

export interface ShadowSizerHooks {
  /** Further shadows of one step. */
  readonly shadowsOf?: (step: string) => readonly SeveralFeatures[];
  /** Told what the shadows said before each first attempt. */
  readonly onAsked?: (launch: Launch, asked: Consultation) => void;
}

function numbersOf({ features }: Launch): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const [name, value] of Object.entries(features)) {
    if (typeof value === 'number') numbers[name] = value;
  }
  return numbers;
}

/** The shadow method for all steps of a trace, which share the price of a failure. */
export function createShadowSizer(
  changes: Partial<ShadowOptions> = {},
  { shadowsOf, onAsked }: ShadowSizerHooks = {},
): Sizer {
  const options = { ...DEFAULT_SHADOW_OPTIONS, ...changes };
  const steps = new Map<string, Step>();
  const project = { attempts: 0, needHours: 0, hours: 0 };

  function stepOf({ step }: Launch): Step {
    const known = steps.get(step);
    if (known !== undefined) return known;
    const several = [...options.several, ...(shadowsOf?.(step) ?? [])];
    const sizer = createStepSizer({ ...options, several }, () => project);
    const fresh: Step = { sizer, asked: new Map(), openFailures: new Map() };
    steps.set(step, fresh);
    return fresh;
  }

  function ask(launch: Launch): Consultation {
    const { sizer } = stepOf(launch);
    return sizer.consult(numbersOf(launch), sizer.count(), launch.submittedAtMs);
  }

  function factsOf(launch: Launch, wish?: number): PlanFacts {
    const { sizer, openFailures } = stepOf(launch);
    return {
      wish,
      declared: launch.declaredMiB,
      largestNeed: sizer.largestNeed(),
      count: sizer.count(),
      largestOpenFailure: Math.max(0, ...openFailures.values()),
    };
  }

  return {
    predict(launch) {
      const consultation = ask(launch);
      stepOf(launch).asked.set(launch.index, consultation);
      onAsked?.(launch, consultation);
      return planFirst(factsOf(launch, consultation.wish));
    },
    observe({ launch, needMiB, hours }) {
      const { sizer, asked, openFailures } = stepOf(launch);
      const request = launch.declaredMiB;
      const consultation = asked.get(launch.index) ?? ask(launch);
      sizer.learn({ features: numbersOf(launch), need: needMiB, hours, request }, consultation);
      asked.delete(launch.index);
      openFailures.delete(launch.index);
      project.attempts += 1;
      project.needHours += needMiB * hours;
      project.hours += hours;
    },
    observeFailure(launch, allocatedMiB) {
      stepOf(launch).openFailures.set(launch.index, allocatedMiB);
    },
    retry(launch, previousMiB, failures) {
      return planRetry(factsOf(launch), previousMiB, failures);
    },
  };
}
