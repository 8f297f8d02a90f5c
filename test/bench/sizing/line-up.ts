import {
  BEST_CONSTANT,
  type Contender,
  DECLARED,
  PEERS,
  shadowContender,
  sizerContender,
} from '@stepfit/tuner/compare/contenders';
import { createShadowSizer } from '@stepfit/tuner/compare/shadow-sizer';
import type { ShadowOptions } from '@stepfit/tuner/sizing/shadow/options';

import { fitLine, PUBLISHED_BASELINES } from './published-baselines.ts';
import { createSuggestionSizer } from './suggestion-sizer.ts';

/** Accepted share of first attempts that fail, as the default policy has it. */
export const RISK_BUDGET = 0.01;

/** The curve: what a failure costs people, in attempts. The prototype's has all but the first. */
export const SHADOW_CURVE: readonly Contender[] = [0.3, 1, 4, 10, 30].map(shadowContender);

export const SHADOW_WITHIN_BUDGET = sizerContender(
  'shadow, 1 % risk budget',
  'failures priced, and held to 1 % of a step’s first attempts',
  () => createShadowSizer({ riskRatio: RISK_BUDGET }),
);

/** What the product prints: one value for all tasks of a step, proven to keep to the budget. */
export const SUGGESTION = sizerContender(
  'suggestion',
  'the verdict under the default policy, each one taken at once',
  () => createSuggestionSizer(),
);

/** The same with less to prove: what the strictness of the default costs. */
const SUGGESTION_AT_5_PERCENT = sizerContender(
  'suggestion at 5 % risk',
  'the verdict with a risk of 5 % instead of 1 %, each one taken at once',
  () => createSuggestionSizer({ riskRatio: 0.05 }),
);

/** Who pays people's price or asks them nothing: everything but the shadows. */
export const OTHERS: readonly Contender[] = [DECLARED, ...PEERS, ...PUBLISHED_BASELINES];

export const FULL_LINE_UP: readonly Contender[] = [
  ...OTHERS,
  BEST_CONSTANT,
  ...SHADOW_CURVE,
  SHADOW_WITHIN_BUDGET,
  SUGGESTION,
  SUGGESTION_AT_5_PERCENT,
];

export const QUICK_LINE_UP: readonly Contender[] = [
  DECLARED,
  ...PEERS,
  BEST_CONSTANT,
  shadowContender(),
];

function without(part: string, changes: Partial<ShadowOptions>): Contender {
  return sizerContender(part, part, () => createShadowSizer(changes));
}

const LEAST_SHARE = 0.3;

/** The linear form with residuals of a line that has seen the attempts that it is judged by. */
const IN_SAMPLE_LINE: ShadowOptions['several'][number] = {
  name: 'in-sample linear',
  findSupport(attempts, features) {
    const inputs = attempts.map((attempt) => Number(attempt.features['rchar'] ?? 0));
    const needs = attempts.map((attempt) => attempt.need);
    if (attempts.length < 4 || Math.max(...inputs) - Math.min(...inputs) < 1) return undefined;
    const line = fitLine({ inputs, needs });
    const least = LEAST_SHARE * Math.min(...needs);
    const predicted = Math.max(line(Number(features['rchar'] ?? 0)), least);
    const points = needs.map(
      (need, i) => (predicted * need) / Math.max(line(inputs[i] ?? 0), least),
    );
    return { points: Float64Array.from(points), weights: new Float64Array(needs.length).fill(1) };
  },
};

/** The shadow method with one part taken away each time. */
export const ABLATION: readonly Contender[] = [
  shadowContender(),
  without('forms: constant only', { forms: ['constant'] }),
  without('forms: constant and linear', { forms: ['constant', 'linear'] }),
  without('… the line’s residuals in-sample, not leave-one-out', {
    forms: ['constant'],
    several: [IN_SAMPLE_LINE],
    trial: false,
  }),
  without('forms: none local', { forms: ['constant', 'linear', 'log-linear'] }),
  without('no tail beyond the largest need', { tail: false }),
  without('billed by attempt, not by hours', { billing: 'by-attempt' }),
  without('the cheapest decides alone', { decision: 'cheapest' }),
  without('price of a failure from the step alone', { price: 'own' }),
  sizerContender('retry by doubling', 'retry by doubling', () => ({
    ...createShadowSizer(),
    retry: (_launch, previousMiB) => 2 * previousMiB,
  })),
];
