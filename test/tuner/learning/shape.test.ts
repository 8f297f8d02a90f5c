import { explainNeed, type FeaturedNeed } from '@stepfit/tuner/learning/features';
import { findTwoModes } from '@stepfit/tuner/learning/modes';
import { tailOf } from '@stepfit/tuner/learning/tail';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { draw, seededNormal, seededRandom } from './random.ts';

const needs = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 80 });

describe('tailOf', () => {
  it('points at one attempt that needed far more than any other', () => {
    expect(tailOf([...draw(39, (index) => 1000 + index), 3114])).toEqual({
      lead: { largest: 3114, ratio: 3 },
    });
    expect(tailOf([...draw(39, (index) => 1000 + index), 1400])).toEqual({});
    expect(tailOf([100, 100, 900])).toEqual({});
  });

  it('finds the index of a Pareto tail, and says how soon twice the largest is expected', () => {
    const random = seededRandom(41);
    const { heavy } = tailOf(draw(2500, () => (1 - random()) ** (-1 / 1.2)));
    expect(heavy?.index).toBeCloseTo(1.2, 0);
    expect(heavy?.values).toBe(50);
    expect(heavy?.attempts).toBe(Math.round(2500 * 2 ** (heavy?.index ?? 0)));
  });

  it('finds none in needs that vary as needs do', () => {
    const normal = seededNormal(42);
    const heavy = draw(200, () => tailOf(draw(100, () => Math.exp(0.4 * normal())))).filter(
      (tail) => tail.heavy !== undefined,
    );
    expect(heavy).toEqual([]);
  });

  it('is finite for any needs', () => {
    fc.assert(
      fc.property(needs, (all) => {
        expect(JSON.stringify(tailOf([...all, ...all]))).not.toContain('null');
      }),
    );
  });
});

describe('findTwoModes', () => {
  it('finds two kinds of attempts, with the typical need of each', () => {
    const normal = seededNormal(43);
    const mixed = draw(60, (index) => (index % 3 === 0 ? 12_000 : 2000) * Math.exp(0.1 * normal()));
    const modes = findTwoModes(mixed);
    expect([modes?.low.attempts, modes?.high.attempts]).toEqual([40, 20]);
    expect((modes?.low.typical ?? 0) / 2000).toBeCloseTo(1, 1);
    expect((modes?.high.typical ?? 0) / 12_000).toBeCloseTo(1, 1);
    expect(modes?.from).toBeGreaterThan(8000);
  });

  it.each([
    ['normal', (_: () => number, normal: () => number) => 0.8 * normal()],
    ['uniform', (random: () => number) => 3 * random()],
    ['exponential', (random: () => number) => -Math.log(1 - random())],
  ])('finds none in the logarithms of a %s spread, once in a hundred at most', (_, next) => {
    const random = seededRandom(44);
    const normal = seededNormal(45);
    const found = draw(300, () =>
      findTwoModes(draw(30, () => 1000 * Math.exp(next(random, normal)))),
    ).filter((modes) => modes !== undefined);
    expect(found.length).toBeLessThanOrEqual(3);
  });

  it('does not call a few odd attempts a mode, nor two levels that one value serves', () => {
    expect(findTwoModes([...draw(40, (index) => 1000 + index), 9000, 9001])).toBeUndefined();
    expect(findTwoModes(draw(40, (index) => (index % 2 === 0 ? 1000 : 1300)))).toBeUndefined();
    expect(findTwoModes(draw(40, () => 1000))).toBeUndefined();
  });

  it('is finite for any needs', () => {
    fc.assert(
      fc.property(needs, (all) => {
        expect(JSON.stringify(findTwoModes(all) ?? {})).not.toContain('null');
      }),
    );
  });
});

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
