import { attemptId } from '@stepfit/collector/identity/attempt-id';
import { linesToday } from '@stepfit/tuner/backend/line-to-paste';
import { loadSurprises } from '@stepfit/tuner/history/load-project-facts';
import { loadStepInput } from '@stepfit/tuner/history/load-step-input';
import type { StepKey } from '@stepfit/tuner/history/step-key';
import type { ProjectFacts } from '@stepfit/tuner/model/project-facts';
import type { MemoryObservation } from '@stepfit/tuner/sizing/memory-observation';
import { replayBasis } from '@stepfit/tuner/suggestion/replay-basis';
import { currentSuggestion } from '@stepfit/tuner/suggestion/suggestion-repository';
import { loadVerdictFacts } from '@stepfit/tuner/suggestion/verdict-basis';

import type { ApiContext } from '../http/api-context.ts';
import type { StepReplay } from '../http/schemas/replay.ts';
import { toColumns } from './replay-arrays.ts';
import { findStep } from './step-repository.ts';

const NOTHING = { attempts: 0, needHours: 0, hours: 0 };

/** More features than this are more than a person looks through. */
const MOST_FEATURES = 24;

/**
 * The attempts that count for a step as compact columns, with all that replaying another request takes.
 *
 * @throws {StepfitError} `not-found` when no attempt of that step ever arrived.
 */
export async function readStepReplay(
  { store, prices }: ApiContext,
  key: StepKey,
): Promise<StepReplay> {
  /** As the verdict had them. Without one, a bound asks how far needs went; the rest takes long to sum up. */
  async function factsOf(project: string): Promise<ProjectFacts> {
    const known = await loadVerdictFacts(store.db, key);
    return known ?? { spending: NOTHING, surprises: await loadSurprises(store.db, project) };
  }
  const [, input, suggestion] = await Promise.all([
    findStep(store.db, key),
    loadStepInput(store.db, key, prices, { factsOf }),
    currentSuggestion(store.db, key),
  ]);
  const { setup, basis } = replayBasis(input, suggestion?.plan);
  const { observations, suggestedPlan, gpuMemoryMiB, risk } = basis;
  const { surprises, ...budget } = risk;
  return {
    project: key.project,
    flow: key.flow,
    step: key.step,
    current: { ...setup.effective },
    declaredLines: [...linesToday(setup)],
    ...(suggestedPlan !== undefined && { suggestedPlan }),
    grid: basis.grid,
    retry: basis.retry,
    risk: { ...budget, ...(surprises !== undefined && { surprises: [...surprises] }) },
    prices,
    stretches: [...basis.stretches],
    ...(gpuMemoryMiB !== undefined && { gpuMemoryMiB }),
    finishedAttempts: input.history.length,
    attempts: toColumns(observations, ({ run, task, attempt }) =>
      attemptId({ ...key, run, task, attempt }),
    ),
    features: numericFeatures(observations),
  };
}

/** Numbers that differ between attempts, as columns; those that most attempts have come first. */
function numericFeatures(observations: readonly MemoryObservation[]): StepReplay['features'] {
  const names = new Set(observations.flatMap(({ features }) => Object.keys(features)));
  return [...names]
    .toSorted()
    .map((name) => ({
      name,
      values: observations.map(({ features }) => {
        const value = features[name];
        return typeof value === 'number' ? value : null;
      }),
    }))
    .filter(({ values }) => new Set(values.filter((value) => value !== null)).size > 1)
    .slice(0, MOST_FEATURES);
}
