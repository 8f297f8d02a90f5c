import { explainNeed, type FeaturedNeed } from '@stepfit/tuner/learning/features';
import { describe, expect, it } from 'vitest';

import { draw, seededNormal, seededRandom } from '../support/random.ts';

describe('explainNeed', () => {
  /** Runs of one attempt each. */
  function attempts(
    count: number,
    features: (index: number) => FeaturedNeed['features'],
    need: (features: FeaturedNeed['features'], index: number) => number,
  ): FeaturedNeed[] {
    return draw(count, (index) => {
      const known = features(index);
      return { run: `r${index}`, need: need(known, index), features: known };
    });
  }

  it('names the label by which some attempts need much more', () => {
    const normal = seededNormal(46);
    const random = seededRandom(46);
    const all = attempts(
      60,
      (index) => ({ mode: index % 3 === 0 ? 'full' : 'fast', seed: random() }),
      ({ mode }) => (mode === 'full' ? 12_000 : 2000) * Math.exp(0.1 * normal()),
    );
    const explanation = explainNeed(all);
    expect(explanation).toMatchObject({ feature: 'mode', value: 'full', isThreshold: false });
    expect([explanation?.those.attempts, explanation?.others.attempts]).toEqual([20, 40]);
    expect(explanation?.explained).toBeGreaterThan(0.9);
  });

  it('names the threshold of a number', () => {
    const normal = seededNormal(47);
    const random = seededRandom(47);
    const all = attempts(
      60,
      () => ({ rows: Math.floor(1000 * random()), day: Math.floor(31 * random()) }),
      ({ rows }) => (Number(rows) >= 500 ? 12_000 : 2000) * Math.exp(0.1 * normal()),
    );
    const explanation = explainNeed(all);
    expect(explanation).toMatchObject({ feature: 'rows', isThreshold: true });
    expect(Number(explanation?.value)).toBeGreaterThanOrEqual(500);
    expect(Number(explanation?.value)).toBeLessThan(560);
  });

  it('names one of twenty useless features once in a hundred times at most', () => {
    const normal = seededNormal(48);
    const random = seededRandom(48);
    const named = draw(300, () =>
      explainNeed(
        attempts(
          30,
          () =>
            Object.fromEntries(
              draw(20, (feature) => [
                `f${feature}`,
                feature % 2 === 0 ? random() : String(Math.floor(3 * random())),
              ]),
            ),
          () => 1000 * Math.exp(0.5 * normal()),
        ),
      ),
    ).filter((explanation) => explanation !== undefined);
    expect(named.length).toBeLessThanOrEqual(3);
  });

  it('does not take a parameter of three runs for the reason, however many tasks they had', () => {
    const tasks = draw(90, (index) => ({
      run: `r${index % 3}`,
      need: index % 3 === 0 ? 9000 : 1000,
      features: { mode: index % 3 === 0 ? 'full' : 'fast' },
    }));
    expect(explainNeed(tasks)).toBeUndefined();
  });

  it('says nothing where one value serves all, or no feature is known', () => {
    expect(
      explainNeed(
        attempts(
          40,
          (index) => ({ mode: index % 2 === 0 ? 'a' : 'b' }),
          ({ mode }, index) => (mode === 'a' ? 1300 : 1000) + index,
        ),
      ),
    ).toBeUndefined();
    expect(
      explainNeed(
        attempts(
          40,
          () => ({}),
          (_, index) => 100 * (index + 1),
        ),
      ),
    ).toBeUndefined();
  });
});
