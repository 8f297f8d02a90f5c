import type { Features, SeveralFeatures } from '@stepfit/tuner/sizing/shadow/askable';
import { cheapestOpinion } from '@stepfit/tuner/sizing/shadow/opinion';
import { DEFAULT_SHADOW_OPTIONS } from '@stepfit/tuner/sizing/shadow/options';
import { createStepSizer } from '@stepfit/tuner/sizing/shadow/step-sizer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** A model that says `share` times the feature `need`, once `from` attempts are known. */
function modelOf(share: number, from = 0): SeveralFeatures {
  return {
    name: 'model',
    findSupport: (attempts, features) =>
      attempts.length < from
        ? undefined
        : {
            points: Float64Array.of(share * Number(features['need'] ?? 0)),
            weights: Float64Array.of(1),
          },
  };
}

/** Needs that the forms do not see through, since the model alone is shown them. */
function learn(needs: readonly number[], model: SeveralFeatures) {
  const sizer = createStepSizer({
    ...DEFAULT_SHADOW_OPTIONS,
    forms: ['constant'],
    several: [model],
  });
  const consultations = needs.map((need) => {
    const features: Features = { need };
    const asked = sizer.consult(features);
    sizer.learn({ features, need, hours: 1 }, asked);
    return asked;
  });
  return { sizer, consultations };
}

const NEEDS = Array.from({ length: 40 }, (_, i) => 100 + 100 * ((i * 7) % 13));

function decisive(opinions: Parameters<typeof cheapestOpinion>[0]): string | undefined {
  return cheapestOpinion(opinions)?.shadow.name;
}

describe('the bill of a model of several features', () => {
  it('lets it decide where it wastes less, but not before it has been tried on eight attempts', () => {
    const { consultations } = learn(NEEDS, modelOf(1.05));
    const names = consultations.map(({ opinions }) => decisive(opinions));
    // the first attempt finds nobody to ask, so that nobody is billed for it
    expect(names.slice(1, 9)).toEqual(Array.from({ length: 8 }, () => 'constant'));
    expect(names.slice(9)).toEqual(Array.from({ length: 31 }, () => 'model'));
  });

  it('keeps it from being heard at all while it is on trial', () => {
    const withIt = learn(NEEDS.slice(0, 8), modelOf(50));
    const without = learn(NEEDS.slice(0, 8), modelOf(50, 1000));
    expect(withIt.sizer.consult({ need: 500 }).wish).toBe(
      without.sizer.consult({ need: 500 }).wish,
    );
  });

  it('never lets it decide where it wastes more', () => {
    const { consultations } = learn(NEEDS, modelOf(8));
    expect(consultations.slice(1).map(({ opinions }) => decisive(opinions))).not.toContain('model');
  });

  it('does not favour a model that joins when attempts have become cheap', () => {
    // dear attempts first; then small ones, of which the model asks for half as much again as the largest seen
    const dear = Array.from({ length: 30 }, (_, i) => 1000 + 9000 * (i % 2));
    const cheap = Array.from({ length: 30 }, (_, i) => 10 + (i % 2));
    const late: SeveralFeatures = {
      name: 'model',
      findSupport: (attempts) =>
        attempts.length < dear.length
          ? undefined
          : { points: Float64Array.of(15_000), weights: Float64Array.of(1) },
    };
    const { sizer } = learn([...dear, ...cheap], late);
    const { opinions } = sizer.consult({ need: 10 });
    expect(decisive(opinions)).toBe('constant');
    const [constant, model] = opinions.map(({ bill }) => bill);
    expect(model).toBeGreaterThan(constant ?? Number.NaN);
  });

  it('is never NaN, whatever the needs', () => {
    const needs = fc.array(
      fc.oneof(fc.constant(0), fc.constant(7), fc.double({ min: 0, max: 1e9, noNaN: true })),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(needs, fc.constantFrom(0, 0.5, 1, 3), (drawn, share) => {
        const { sizer } = learn(drawn, modelOf(share));
        const { opinions, wish } = sizer.consult({ need: 7 });
        expect(opinions.some(({ bill }) => Number.isNaN(bill))).toBe(false);
        expect(wish).toBeGreaterThanOrEqual(0);
        expect(Number.isFinite(wish)).toBe(true);
      }),
    );
  });
});
