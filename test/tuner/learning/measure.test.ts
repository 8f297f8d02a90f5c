import { logOf, runLevels } from '@stepfit/tuner/learning/measure';
import { describe, expect, it } from 'vitest';

import { measures } from '../support/random.ts';

describe('runLevels', () => {
  it('is the median of each run, in order of their starts', () => {
    const late = measures([100, 300, 200], { run: 'late', startedAtMs: 20 });
    const early = measures([50], { run: 'early', startedAtMs: 10 });
    expect(runLevels([...late, ...early])).toEqual([
      { run: 'early', startedAtMs: 10, level: Math.log(50) },
      { run: 'late', startedAtMs: 20, level: Math.log(200) },
    ]);
  });

  it('leaves out attempts that did not run to their end', () => {
    expect(runLevels(measures([100, 200], { isExact: false }))).toEqual([]);
  });
});

it('the logarithm of nothing is finite', () => {
  expect(logOf(0)).toBe(Math.log(0.01));
});
