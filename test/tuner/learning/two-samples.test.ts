import {
  andersonDarling,
  compareSamples,
  groupsAreAlike,
  groupsScore,
} from '@stepfit/tuner/learning/two-samples';
import { describe, expect, it } from 'vitest';

import { draw, seededNormal } from '../support/random.ts';

const MATERIAL = Math.log(1.1);

function shareOf(rounds: number, happens: () => boolean): number {
  return draw(rounds, happens).filter(Boolean).length / rounds;
}

describe('andersonDarling', () => {
  it('has mean 0, deviation 1 and the published 5 % and 1 % points for samples of one kind', () => {
    const normal = seededNormal(1);
    const scores = draw(3000, () => andersonDarling(draw(8, normal), draw(40, normal)));
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
    expect(mean).toBeCloseTo(0, 1);
    expect(Math.sqrt(variance)).toBeCloseTo(1, 1);
    expect(scores.filter((score) => score >= 1.961).length / scores.length).toBeCloseTo(0.05, 1);
    expect(scores.filter((score) => score >= 3.752).length / scores.length).toBeLessThan(0.02);
  });

  it('does not depend on the order, the unit, or which of the two is named first', () => {
    const normal = seededNormal(2);
    const a = draw(6, normal);
    const b = draw(11, normal);
    const score = andersonDarling(a, b);
    expect(andersonDarling(b, a)).toBeCloseTo(score, 9);
    expect(andersonDarling(a.toReversed(), b.toReversed())).toBeCloseTo(score, 9);
    expect(
      andersonDarling(
        a.map((value) => value * 8 + 3),
        b.map((value) => value * 8 + 3),
      ),
    ).toBeCloseTo(score, 9);
  });

  it('is finite for constants and for ties', () => {
    expect(andersonDarling([1, 1, 1], [1, 1, 1, 1])).toBeLessThan(1);
    expect(andersonDarling([1, 1, 2], [2, 2, 3, 3])).toBeGreaterThan(0);
  });
});

describe('compareSamples', () => {
  it('calls samples of one kind different at most once in a hundred times', () => {
    const normal = seededNormal(3);
    const rate = shareOf(2000, () => {
      const [a, b] = [draw(5, normal), draw(30, normal)];
      return compareSamples(a, b, MATERIAL) === 'differs';
    });
    expect(rate).toBeLessThan(0.015);
  });

  it('finds a shift of one standard deviation four times in five before it calls samples alike', () => {
    const normal = seededNormal(4);
    const told = draw(500, () =>
      compareSamples(
        draw(14, () => normal() + 1),
        draw(200, normal),
        MATERIAL,
      ),
    );
    expect(told.filter((one) => one === 'differs').length / told.length).toBeGreaterThan(0.78);
  });

  it('needs few values where the spread is narrow, and more where it is wide', () => {
    const normal = seededNormal(5);
    const narrow = draw(20, () => 0.01 * normal());
    const wide = draw(200, normal);
    expect(
      compareSamples(
        draw(3, () => 0.01 * normal()),
        narrow,
        MATERIAL,
      ),
    ).toBe('alike');
    expect(compareSamples(draw(3, normal), wide, MATERIAL)).toBe('untold');
  });

  it('does not take a difference for one that is not worth a change, however surely it is there', () => {
    const normal = seededNormal(6);
    const a = draw(200, () => 0.01 * normal());
    const b = draw(200, () => 0.05 + 0.01 * normal());
    expect(andersonDarling(a, b)).toBeGreaterThan(100);
    expect(compareSamples(a, b, MATERIAL)).toBe('alike');
    expect(compareSamples(a, b, 0.01)).toBe('differs');
  });

  it('finds a tail that grew where the middle stayed', () => {
    const normal = seededNormal(7);
    const heavier = draw(60, (index) => (index % 5 === 0 ? 6 : normal()));
    expect(compareSamples(heavier, draw(200, normal), MATERIAL)).toBe('differs');
  });

  it.each([
    [3, 7],
    [4, 6],
    [5, 5],
  ])('can tell %i from %i that are far apart, and says nothing of fewer', (m, n) => {
    const low = draw(m, (index) => index);
    const high = draw(n, (index) => 100 + index);
    expect(compareSamples(low, high, MATERIAL)).toBe('differs');
    expect(compareSamples(low, high.slice(1), MATERIAL)).toBe('untold');
  });
});

describe('groupsScore', () => {
  it('rejects groups of one kind at most once in a hundred times', () => {
    const normal = seededNormal(8);
    const rate = shareOf(1000, () => !groupsAreAlike(draw(6, () => draw(4, normal))));
    expect(rate).toBeLessThan(0.015);
  });

  it('finds the group that differs', () => {
    const normal = seededNormal(9);
    const groups = [0, 0, 0, 3, 0].map((level) => draw(6, () => level + normal()));
    expect(groupsAreAlike(groups)).toBe(false);
  });

  it('cannot tell groups of one value each apart', () => {
    const normal = seededNormal(10);
    expect(groupsAreAlike(draw(30, () => [normal()]))).toBe(true);
    expect(groupsScore([[1, 2, 3]])).toBe(Number.NEGATIVE_INFINITY);
  });
});
