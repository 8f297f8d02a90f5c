import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { compareUsage } from '@stepfit/tuner/compare-usage/compare-usage';
import { DEFAULT_SENSITIVITY } from '@stepfit/tuner/compare-usage/grew';

import type { ApiContext } from '../http/api-context.ts';
import type { Comparison, ComparisonQuery } from '../http/schemas/comparison.ts';
import { newestRuns, type RunChoice, usageOfRuns } from './run-usage.ts';

/**
 * What the runs of a branch used, against those of its base. A run that is on both sides counts for the
 * branch; a step is compared on the backend where the branch ran it last.
 *
 * @throws {StepfitError} `invalid-input` where a side is not said.
 */
export async function compareRuns(
  { store, prices }: ApiContext,
  flow: string,
  query: ComparisonQuery,
): Promise<Comparison> {
  const { project, runs, marginRatio, seeRatio } = query;
  const head = sideOf(query, 'head');
  const base = sideOf(query, 'base');
  const headRuns = await newestRuns(store.db, { project, flow, limit: runs, side: head });
  const baseRuns = await newestRuns(store.db, {
    project,
    flow,
    limit: runs,
    side: base,
    except: headRuns,
  });
  const steps = await usageOfRuns(store.db, { project, flow, headRuns, baseRuns, prices });
  const compared = compareUsage(steps, { ...DEFAULT_SENSITIVITY, marginRatio, seeRatio });
  return {
    project,
    flow,
    baseRuns,
    headRuns,
    prices: { name: prices.name, isExample: prices.isExample },
    steps: compared.map(({ step, figures }, index) => {
      const { backend, isCodeChanged = false } = steps[index] ?? {};
      return {
        step,
        ...(backend !== undefined && { backend }),
        isCodeChanged,
        figures: figures.map((figure) => ({ ...figure, power: { ...figure.power } })),
      };
    }),
  };
}

function sideOf(query: ComparisonQuery, side: 'head' | 'base'): RunChoice {
  const branch = query[`${side}Branch`];
  const revision = query[`${side}Revision`];
  const runs = query[`${side}Runs`]?.split(',').filter((name) => name !== '');
  if (branch === undefined && revision === undefined && runs === undefined) {
    throw new StepfitError('invalid-input', `The query does not say which runs are the ${side}.`, {
      hint: `Give ${side}Branch, ${side}Revision or ${side}Runs.`,
    });
  }
  return {
    ...(branch !== undefined && { branch }),
    ...(revision !== undefined && { revision }),
    ...(runs !== undefined && { runs }),
  };
}
