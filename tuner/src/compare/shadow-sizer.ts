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

function numbersOf({ features }: Launch): Record<string, number> {
  const numbers: Record<string, number> = {};
  for (const [name, value] of Object.entries(features)) {
    if (typeof value === 'number') numbers[name] = value;
  }
  return numbers;
}

/** The shadow method for all steps of a trace, which share the price of a failure. */
export function createShadowSizer(changes: Partial<ShadowOptions> = {}): Sizer {
  const options = { ...DEFAULT_SHADOW_OPTIONS, ...changes };
  const steps = new Map<string, Step>();
  const project = { attempts: 0, needHours: 0, hours: 0 };

  function stepOf(launch: Launch): Step {
    const known = steps.get(launch.step);
    if (known !== undefined) return known;
    const sizer = createStepSizer(options, () => project);
    const fresh: Step = { sizer, asked: new Map(), openFailures: new Map() };
    steps.set(launch.step, fresh);
    return fresh;
  }

  function factsOf(launch: Launch, { sizer, openFailures }: Step, wish?: number): PlanFacts {
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
      const step = stepOf(launch);
      const consultation = step.sizer.consult(numbersOf(launch));
      step.asked.set(launch.index, consultation);
      return planFirst(factsOf(launch, step, consultation.wish));
    },
    observe({ launch, needMiB, hours }) {
      const { sizer, asked, openFailures } = stepOf(launch);
      const features = numbersOf(launch);
      const consultation = asked.get(launch.index) ?? sizer.consult(features);
      sizer.learn({ features, need: needMiB, hours }, consultation);
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
      return planRetry(factsOf(launch, stepOf(launch)), previousMiB, failures);
    },
  };
}
