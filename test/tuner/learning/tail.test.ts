import { tailOf } from '@stepfit/tuner/learning/tail';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { draw, seededNormal, seededRandom } from '../support/random.ts';

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
