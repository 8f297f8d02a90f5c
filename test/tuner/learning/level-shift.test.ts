import { findLevelShifts } from '@stepfit/tuner/learning/level-shift';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { draw, everAlarmed, seededNormal } from '../support/random.ts';

function hasShift(past: readonly number[]): boolean {
  return findLevelShifts(past).length > 0;
}

describe('findLevelShifts', () => {
  it('raises an alarm within 100 looks at a stationary sequence once in a hundred sequences', () => {
    expect(everAlarmed(400, 100, hasShift)).toBeLessThan(0.02);
  });

  it('raises one within 500 looks in fewer than a tenth of them', () => {
    expect(everAlarmed(50, 500, hasShift)).toBeLessThan(0.1);
  });

  it('believes six values that are all beyond a hundred others, and not four', () => {
    const normal = seededNormal(81);
    const before = draw(100, normal);
    const after = draw(6, () => 100 + normal());
    expect(findLevelShifts([...before, ...after])).toEqual([100]);
    expect(findLevelShifts([...before, ...after.slice(0, 4)])).toEqual([]);
  });

  it('finds every level, each where it begins', () => {
    const normal = seededNormal(82);
    const levels = [0, 10, 5, 20].flatMap((level) => draw(20, () => level + normal()));
    expect(findLevelShifts(levels)).toEqual([20, 40, 60]);
  });

  it('depends on the order of the values alone, wherever one odd value lies', () => {
    const normal = seededNormal(83);
    const levels = draw(60, (index) => (index < 30 ? 0 : 10) + normal());
    expect(findLevelShifts(levels.map((level) => 3 * level + 7))).toEqual([30]);
    expect(findLevelShifts(levels.with(45, 1e6))).toEqual([30]);
    expect(findLevelShifts(levels.with(59, 1e6))).toEqual([30]);
  });

  it('divides any sequence into stretches that are not empty', () => {
    const values = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 100 });
    fc.assert(
      fc.property(values, fc.nat(60), (noise, jump) => {
        const levels = noise.map((value, index) => (index < jump ? value : value + 100));
        const places = [0, ...findLevelShifts(levels), levels.length];
        const lengths = places.slice(1).map((place, index) => place - (places[index] ?? 0));
        expect(lengths.every((length) => length > 0 || levels.length === 0)).toBe(true);
      }),
    );
  });
});
