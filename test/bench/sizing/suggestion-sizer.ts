import type { Launch, Sizer, TraceTask } from '@stepfit/tuner/compare/sizer';
import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { isByFeatures } from '@stepfit/tuner/model/by-features';
import { DEFAULT_POLICY, type Policy } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import type { ProjectFacts } from '@stepfit/tuner/model/project-facts';
import { surprisesOf } from '@stepfit/tuner/sizing/bounds/surprise-tail';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';

const MS_PER_HOUR = 3_600_000;
/** A verdict is come to again once the history has grown by this share: each costs as much as the history is long. */
const GROWTH = 1.25;

/** The default policy without floor and grid, which no other row has. */
const BENCH_POLICY: Policy = { ...DEFAULT_POLICY, memoryFloorMiB: 1, memoryStepMiB: 1 };

/** Requests of the first, second and last attempt, MiB. */
type Requests = readonly [number, number, number];

/** A task as the product's store would have it. */
export function toAttemptUsage({ launch, needMiB, hours, completedAtMs }: TraceTask): AttemptUsage {
  const { index, submittedAtMs, declaredMiB, features } = launch;
  const asked = { memoryMiB: declaredMiB };
  return {
    run: '1',
    task: String(index),
    attempt: 0,
    startedAtMs: submittedAtMs,
    endedAtMs: Math.max(completedAtMs, submittedAtMs),
    durationMs: hours * MS_PER_HOUR,
    outcome: 'succeeded',
    declared: asked,
    declaredDecorators: [{ name: 'resources', attributes: { memory: declaredMiB } }],
    request: asked,
    backend: 'batch',
    features,
    peakMemoryMiB: needMiB,
    peakMemorySource: 'cgroup-peak',
  };
}

/** What the product would have a step ask for, given its attempts; undefined where it suggests nothing. */
function suggestedRequests(
  step: string,
  history: readonly AttemptUsage[],
  { policy, projectFacts }: { readonly policy: Policy; readonly projectFacts: ProjectFacts },
): Requests | undefined {
  const verdict = decideStep({
    flow: 'bench',
    step,
    history,
    policy,
    prices: EXAMPLE_PRICES,
    projectFacts,
  });
  // What is sized task by task at launch leaves the source as it is.
  if (verdict.kind === 'skip' || isByFeatures(verdict)) return undefined;
  const { first, second, last } = verdict.plan;
  return [first.memoryMiB ?? 0, second.memoryMiB ?? 0, last.memoryMiB ?? 0];
}

/** What the steps of a project tell each other. */
function factsOf(histories: Iterable<readonly AttemptUsage[]>): ProjectFacts {
  const spending = { attempts: 0, needHours: 0, hours: 0 };
  const surprises: number[] = [];
  for (const history of histories) {
    for (const { peakMemoryMiB = 0, durationMs } of history) {
      spending.attempts += 1;
      spending.needHours += (peakMemoryMiB * durationMs) / MS_PER_HOUR;
      spending.hours += durationMs / MS_PER_HOUR;
    }
    surprises.push(...surprisesOf(observeMemory(history), BENCH_POLICY.minAttempts));
  }
  return { spending, surprises: surprises.toSorted((one, other) => one - other) };
}

interface Step {
  readonly history: AttemptUsage[];
  decidedAt: number;
  requests: Requests | undefined;
}

/**
 * The product's suggestions, each taken at once: a value for all tasks of a step, from the whole verdict with
 * its risk budget; where there is none, what was declared.
 */
export function createSuggestionSizer(changes: Partial<Policy> = {}): Sizer {
  const policy = { ...BENCH_POLICY, ...changes };
  const steps = new Map<string, Step>();
  function stepOf({ step }: Launch): Step {
    const known = steps.get(step);
    if (known !== undefined) return known;
    const fresh: Step = { history: [], decidedAt: 0, requests: undefined };
    steps.set(step, fresh);
    return fresh;
  }
  function decide(launch: Launch): Requests {
    const step = stepOf(launch);
    const { history, decidedAt } = step;
    if (history.length >= Math.max(BENCH_POLICY.minAttempts, decidedAt * GROWTH)) {
      const projectFacts = factsOf([...steps.values()].map((one) => one.history));
      step.requests = suggestedRequests(launch.step, history, { policy, projectFacts });
      step.decidedAt = history.length;
    }
    const { declaredMiB } = launch;
    return step.requests ?? [declaredMiB, declaredMiB, declaredMiB];
  }
  return {
    predict: (launch) => decide(launch)[0],
    observe: (task) => stepOf(task.launch).history.push(toAttemptUsage(task)),
    retry(launch, previousMiB, failures) {
      const { declaredMiB } = launch;
      const plan = stepOf(launch).requests ?? [declaredMiB, declaredMiB, declaredMiB];
      return Math.max(plan[Math.min(failures, 2)] ?? 0, failures > 2 ? 2 * previousMiB : 0);
    },
  };
}
