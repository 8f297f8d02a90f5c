import { createRandom } from '@stepfit/tuner/quantile-net/random';
import type { QuantileRegression } from '@stepfit/tuner/sizing/quantile/quantile-regression';
import {
  findStanding,
  fitQuantiles,
  quantileRegressionSupport,
  type Standing,
  supportFrom,
} from '@stepfit/tuner/sizing/quantile/quantile-support';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

// Hundreds of fits, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

/** Attempts whose need is 400 MiB + 2 MiB × items + 30 MiB × workers, within ± `noise`. */
function attempts(count: number, noise: number, seed = 1) {
  const random = createRandom(seed);
  const features = Array.from({ length: count }, () => [1 + 99 * random(), 1 + 7 * random()]);
  const needs = features.map(([items = 0, workers = 0]) => {
    return (400 + 2 * items + 30 * workers) * (1 + noise * (2 * random() - 1));
  });
  return { needs: Float64Array.from(needs), features };
}

function share(values: Float64Array, isCounted: (value: number) => boolean): number {
  return values.filter(isCounted).length / values.length;
}

function standingsIn(
  fit: QuantileRegression,
  needs: Float64Array,
  features: readonly number[][],
  leverages: Float64Array,
): Standing[] {
  return features.map((row, i) => findStanding(fit, needs[i] ?? 0, row, leverages[i] ?? 0));
}

describe('quantileRegressionSupport', () => {
  it('sees through several features at once', () => {
    const { needs, features } = attempts(60, 0);
    const support = quantileRegressionSupport(needs, features, [200, 10]);
    expect(support?.points).toHaveLength(60);
    for (const point of support?.points ?? []) expect(point).toBeCloseTo(400 + 400 + 300, 3);
  });

  it('keeps the spread that attempts have about their line', () => {
    const { needs, features } = attempts(400, 0.1);
    const { points } = quantileRegressionSupport(needs, features, [50, 4]) ?? { points: needs };
    const centre = 400 + 100 + 120;
    expect(share(points, (point) => point < centre)).toBeCloseTo(0.5, 1);
    expect(share(points, (point) => point > centre * 1.08)).toBeCloseTo(0.1, 1);
    expect(share(points, (point) => point > centre * 1.12)).toBeLessThan(0.02);
  });

  it('is as unsure as attempts outside the sample show, where the sample itself would look sure', () => {
    const beyond = { corrected: 0, plain: 0 };
    const trials = 400;
    for (let seed = 1; seed <= trials; seed++) {
      const { needs, features } = attempts(13, 0.1, seed);
      const [coming = []] = features.splice(12);
      const [need = 0] = needs.slice(12);
      const past = needs.slice(0, 12);
      const fit = fitQuantiles(past, features);
      if (fit === undefined) throw new Error('12 attempts are enough for two features');
      const predicted = fit.predict(coming);
      const corrected = supportFrom(standingsIn(fit, past, features, fit.leverages), predicted);
      const plain = supportFrom(standingsIn(fit, past, features, new Float64Array(12)), predicted);
      if (need > Math.max(...corrected.points)) beyond.corrected++;
      if (need > Math.max(...plain.points)) beyond.plain++;
    }
    // Of 13 exchangeable needs the last is the largest once in 13.
    expect(beyond.corrected / trials).toBeLessThan(1.5 / 13);
    expect(beyond.plain / trials).toBeGreaterThan(1.5 / 13);
  });

  it('says nothing where there are few attempts, or no feature varies, or nothing was needed', () => {
    const { needs, features } = attempts(11, 0.1);
    expect(quantileRegressionSupport(needs, features, [1, 1])).toBeUndefined();
    const { needs: more } = attempts(40, 0.1);
    const same = Array.from(more, () => [3, 4]);
    expect(quantileRegressionSupport(more, same, [3, 4])).toBeUndefined();
    const { features: varied } = attempts(40, 0.1);
    expect(
      quantileRegressionSupport(
        more.map(() => 0),
        varied,
        [1, 1],
      ),
    ).toBeUndefined();
  });

  it('holds plausible only finite needs above zero, however far the coming attempt lies', () => {
    const value = fc.double({ min: 1e-3, max: 1e12, noNaN: true });
    const rows = fc.array(fc.record({ need: value, row: fc.tuple(value, value) }), {
      minLength: 12,
      maxLength: 40,
    });
    fc.assert(
      fc.property(rows, fc.tuple(value, value), (sample, coming) => {
        const needs = Float64Array.from(sample, ({ need }) => need);
        const support = quantileRegressionSupport(
          needs,
          sample.map(({ row }) => row),
          coming,
        );
        for (const point of support?.points ?? []) {
          expect(point).toBeGreaterThan(0);
          expect(point).toSatisfy(Number.isFinite);
        }
      }),
      { seed: 1 },
    );
  });
});
