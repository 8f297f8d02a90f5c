import { type Drift, findDrift } from '@stepfit/tuner/learning/drift';
import { runLevels } from '@stepfit/tuner/learning/measure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { draw, measures, seededNormal } from '../support/random.ts';

const MATERIAL_RATIO = 0.1;

function driftOf(logNeeds: readonly number[]): Drift | undefined {
  return findDrift(runLevels(measures(logNeeds.map((log) => Math.exp(log)))), MATERIAL_RATIO);
}

/** How often, of 200 histories of 60 runs, each kind of drift is found. */
function kindsFound(next: (index: number, noise: number) => number): Record<string, number> {
  const normal = seededNormal(11);
  const found: Record<string, number> = {};
  for (let round = 0; round < 200; round += 1) {
    const kind = driftOf(draw(60, (index) => next(index, normal())))?.kind ?? 'none';
    found[kind] = (found[kind] ?? 0) + 1;
  }
  return found;
}

describe('a stationary history', () => {
  it('whose runs have a hundred tasks each is judged by its runs, not by its tasks', () => {
    const normal = seededNormal(13);
    let alarms = 0;
    for (let history = 0; history < 100; history += 1) {
      const tasks = draw(12, (run) => ({ run, level: normal() })).flatMap(({ run, level }) =>
        measures(
          draw(100, () => Math.exp(level + 0.1 * normal())),
          { run: `r${run}`, startedAtMs: run },
        ),
      );
      if (findDrift(runLevels(tasks), MATERIAL_RATIO) !== undefined) alarms += 1;
    }
    expect(alarms).toBe(0);
  });
});

describe('findDrift', () => {
  it('finds a shift by two standard deviations within ten runs, three times in four', () => {
    const found = kindsFound((index, noise) => 7 + 0.1 * noise + (index >= 50 ? 0.2 : 0));
    expect(found['shift'] ?? 0).toBeGreaterThan(0.75 * 200);
  });

  it('finds it always where the step is far from its noise, and says when and by how much', () => {
    const normal = seededNormal(14);
    const drift = driftOf(draw(60, (index) => (index >= 50 ? 8 : 7) + 0.05 * normal()));
    expect(drift).toMatchObject({ kind: 'shift', sinceMs: 50, runsSince: 10 });
    expect(drift?.kind === 'shift' && drift.ratio).toBeCloseTo(Math.E, 1);
  });

  it('takes the newest of several shifts', () => {
    const normal = seededNormal(15);
    const drift = driftOf(draw(60, (index) => 2 * Math.floor(index / 20) + 0.05 * normal()));
    expect(drift).toMatchObject({ kind: 'shift', sinceMs: 40 });
  });

  it('does not believe a fall that follows a rise: what came once may come again', () => {
    const normal = seededNormal(16);
    const seasonal = draw(90, (index) => (index >= 30 && index < 60 ? 8 : 7) + 0.05 * normal());
    expect(driftOf(seasonal)).toMatchObject({ kind: 'comes-and-goes', sinceMs: 60 });
    expect(driftOf(seasonal.slice(30))).toMatchObject({ kind: 'shift', sinceMs: 30 });
  });

  it('tells steady growth from a jump', () => {
    expect(kindsFound((index, noise) => 7 + 0.02 * index + 0.1 * noise)).toEqual({ growth: 200 });
    expect(kindsFound((index, noise) => (index >= 30 ? 7.5 : 7) + 0.1 * noise)).toEqual({
      shift: 200,
    });
  });

  it('finds growth that began after a steady time', () => {
    const normal = seededNormal(18);
    const levels = draw(80, (index) => 7 + 0.03 * Math.max(0, index - 50) + 0.02 * normal());
    const drift = driftOf(levels);
    expect(drift).toMatchObject({ kind: 'growth' });
    expect(drift?.sinceMs).toBeGreaterThan(45);
    expect(drift?.sinceMs).toBeLessThan(60);
  });

  it('estimates growth within a tenth, whatever one odd run does', () => {
    const normal = seededNormal(17);
    const levels = draw(60, (index) => 7 + 0.02 * index + 0.05 * normal());
    levels[30] = 12;
    const drift = driftOf(levels);
    expect(drift?.kind === 'growth' && drift.slope).toBeCloseTo(0.02, 2);
  });

  it('does not act on changes too small to be worth another request', () => {
    expect(kindsFound((index, noise) => 7 + 0.01 * noise + (index >= 30 ? 0.05 : 0))).toEqual({
      none: 200,
    });
  });

  it('is not moved by attempts that did not run to their end, nor by the unit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 60 }),
        fc.double({ min: 1e6, max: 1e9, noNaN: true }),
        (amounts, killedAt) => {
          const history = measures(amounts);
          const killed = measures([killedAt], { isExact: false, run: 'killed' });
          const alone = findDrift(runLevels(history), MATERIAL_RATIO);
          expect(findDrift(runLevels([...killed, ...history]), MATERIAL_RATIO)).toEqual(alone);
          const large = measures(amounts.map((amount) => 10 + amount));
          const inKiB = large.map((one) => ({ ...one, amount: one.amount * 1024 }));
          expect(findDrift(runLevels(inKiB), MATERIAL_RATIO)?.kind).toBe(
            findDrift(runLevels(large), MATERIAL_RATIO)?.kind,
          );
        },
      ),
    );
  });

  it('is silent where there is nothing, or only one value', () => {
    for (const levels of [[], [7], draw(200, () => 7)]) expect(driftOf(levels)).toBeUndefined();
  });
});
