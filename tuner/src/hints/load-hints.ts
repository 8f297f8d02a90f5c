import type { Store } from '@stepfit/collector/db/open-store';

import { pauseOf } from '../lifecycle/pauses.ts';
import type { Skip } from '../model/skip-reason.ts';
import type { SuggestionState } from '../model/suggestion.ts';
import { loadPolicies } from '../policy/load-policy.ts';
import { resolvePolicy } from '../policy/resolve-policy.ts';
import { suggestionsOfFlow } from '../suggestion/suggestion-repository.ts';
import { type HintAnswer, type HintRequest, HINTS_VERSION } from './hint.ts';
import { offerHint } from './offer-hint.ts';

type Db = Store['db'];

/** States of a suggestion that is in force, or could be. */
const LIVE: readonly SuggestionState[] = ['proposed', 'accepted', 'applied', 'verified'];

/**
 * A word on each step of a flow that is about to be launched, from four queries however many steps it has.
 *
 * @throws {StepfitError} `invalid-input` when the stored policies are not valid.
 */
export async function loadHints(db: Db, request: HintRequest): Promise<HintAnswer> {
  const { project, flow, steps } = request;
  const { document } = await loadPolicies(db, project);
  const live = await suggestionsOfFlow(db, request, LIVE);
  const byStep = Map.groupBy(live, ({ step }) => step);
  const skips = await loadSkips(db, request);
  const isPaused = (await pauseOf(db, request)) !== undefined;
  return {
    version: HINTS_VERSION,
    steps: steps.map((launched) => {
      const { step } = launched;
      const skip = skips.get(step);
      return offerHint({
        launched,
        policy: resolvePolicy(document, { flow, step }),
        suggestions: byStep.get(step) ?? [],
        isPaused,
        ...(skip === undefined ? {} : { skip }),
      });
    }),
  };
}

async function loadSkips(
  db: Db,
  { project, flow }: HintRequest,
): Promise<Map<string, Pick<Skip, 'code' | 'detail'>>> {
  const rows = await db
    .selectFrom('step')
    .select(['step', 'skip_code', 'skip_detail'])
    .where('project', '=', project)
    .where('flow', '=', flow)
    .where('skip_code', 'is not', null)
    .execute();
  return new Map(
    rows.map(({ step, skip_code: code, skip_detail: detail }) => [
      step,
      { code: code as Skip['code'], detail: detail ?? '' },
    ]),
  );
}
