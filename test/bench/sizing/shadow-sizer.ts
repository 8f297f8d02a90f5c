import { DEFAULT_SHADOW_OPTIONS, type ShadowOptions } from '@stepfit/tuner/sizing/shadow/options';
import { planFirst, type PlanFacts, planRetry } from '@stepfit/tuner/sizing/shadow/plan';
import {
  type Consultation,
  createStepSizer,
  type StepSizer,
} from '@stepfit/tuner/sizing/shadow/step-sizer';

import type { Launch, Sizer } from './sizer.ts';

interface Step {
  readonly sizer: StepSizer;
  readonly asked: Map<number, Consultation>;
  /** Allocations that tasks still under way have run out of. */
  readonly openFailures: Map<number, number>;
}

function featuresOf({ inputBytes }: Launch): Record<string, number> {
  return { inputBytes };
}

/** The shadow method for all steps of a workflow, which share the price of a failure. */
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
      declared: launch.declaredBytes,
      largestNeed: sizer.largestNeed(),
      count: sizer.count(),
      largestOpenFailure: Math.max(0, ...openFailures.values()),
    };
  }

  return {
    predict(launch) {
      const step = stepOf(launch);
      const consultation = step.sizer.consult(featuresOf(launch));
      step.asked.set(launch.index, consultation);
      return planFirst(factsOf(launch, step, consultation.wish));
    },
    observe(task) {
      const { sizer, asked, openFailures } = stepOf(task);
      const features = featuresOf(task);
      const consultation = asked.get(task.index) ?? sizer.consult(features);
      sizer.learn({ features, need: task.needBytes, hours: task.hours }, consultation);
      asked.delete(task.index);
      openFailures.delete(task.index);
      project.attempts += 1;
      project.needHours += task.needBytes * task.hours;
      project.hours += task.hours;
    },
    observeFailure(launch, allocatedBytes) {
      stepOf(launch).openFailures.set(launch.index, allocatedBytes);
    },
    retry(launch, previousBytes, failures) {
      return planRetry(factsOf(launch, stepOf(launch)), previousBytes, failures);
    },
  };
}
