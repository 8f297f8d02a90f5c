import { findTwoModes } from '@stepfit/tuner/learning/modes';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { draw, seededNormal, seededRandom } from '../support/random.ts';

const needs = fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 80 });

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
