import { findGrowth } from '@stepfit/tuner/learning/trend';
import { describe, expect, it } from 'vitest';

import { draw, everAlarmed, seededNormal } from '../support/random.ts';

describe('findGrowth', () => {
  it('finds growth in fewer than one of two hundred stationary sequences, looked at all along', () => {
    expect(everAlarmed(200, 150, (past) => findGrowth(past) !== undefined)).toBeLessThan(0.005);
  });

  it('takes 17 values that rise without exception', () => {
    expect(findGrowth(draw(16, (index) => index))).toBeUndefined();
    expect(findGrowth(draw(17, (index) => index))).toEqual({ slope: 1, deviation: 0 });
  });

  it('finds 2 % a run under 10 % of noise in sixty runs, always, and within a fifth', () => {
    const normal = seededNormal(84);
    const slopes = draw(200, () =>
      findGrowth(draw(60, (index) => 0.02 * index + 0.1 * normal())),
    ).map((growth) => growth?.slope ?? 0);
    expect(Math.min(...slopes)).toBeGreaterThan(0.016);
    expect(Math.max(...slopes)).toBeLessThan(0.024);
  });

  it('is silent about what falls, stays, or is not there', () => {
    for (const levels of [[], [1], draw(50, () => 7), draw(50, (index) => -index)]) {
      expect(findGrowth(levels)).toBeUndefined();
    }
  });
});
