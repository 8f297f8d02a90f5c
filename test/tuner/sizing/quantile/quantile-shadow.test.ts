import { createRandom } from '@stepfit/tuner/quantile-net/random';
import { createQuantileShadow } from '@stepfit/tuner/sizing/quantile/quantile-shadow';
import { DEFAULT_SHADOW_OPTIONS } from '@stepfit/tuner/sizing/shadow/options';
import { createStepSizer } from '@stepfit/tuner/sizing/shadow/step-sizer';
import { describe, expect, it, vi } from 'vitest';

// Hundreds of fits, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

/** A step whose need is a sum of two inputs, which no single one of them explains. */
function stepOfTwoInputs(count: number) {
  const random = createRandom(1);
  return Array.from({ length: count }, () => {
    const features = { left: 1 + 999 * random(), right: 1 + 999 * random(), label: 'x' };
    const need = (100 + features.left + features.right) * (1 + 0.02 * random());
    return { features, need, hours: 1 };
  });
}

/** Waste and failures of the newest half of the attempts, each learnt before the next. */
function runStep(several: Parameters<typeof createStepSizer>[0]['several']) {
  const sizer = createStepSizer({ ...DEFAULT_SHADOW_OPTIONS, several });
  const attempts = stepOfTwoInputs(200);
  let spare = 0;
  const names = new Set<string>();
  for (const [place, attempt] of attempts.entries()) {
    const asked = sizer.consult(attempt.features);
    for (const { shadow } of asked.opinions) names.add(shadow.name);
    if (place >= 100) spare += Math.max((asked.wish ?? 0) - attempt.need, 0);
    sizer.learn(attempt, asked);
  }
  return { spare, names };
}

describe('quantile regression as a shadow', () => {
  it('earns its place where the need depends on several features', () => {
    const without = runStep([]);
    const withIt = runStep([createQuantileShadow()]);
    expect(withIt.names).toContain('quantile regression');
    expect(withIt.spare).toBeLessThan(without.spare / 2);
  });

  it('keeps quiet where attempts state fewer than two numbers', () => {
    const shadow = createQuantileShadow();
    const attempts = stepOfTwoInputs(50).map(({ features: { left, label }, ...rest }) => ({
      ...rest,
      features: { left, label },
    }));
    expect(shadow.findSupport(attempts, { left: 5, label: 'x' }, 0)).toBeUndefined();
    expect(shadow.findSupport([], { left: 5, right: 5 }, 0)).toBeUndefined();
  });

  it('gives the same for the same attempts, asked in the same order', () => {
    const attempts = stepOfTwoInputs(120);
    function ask() {
      const shadow = createQuantileShadow();
      return attempts.map((attempt, place) =>
        shadow.findSupport(attempts.slice(Math.max(0, place - 60), place), attempt.features, 0),
      );
    }
    expect(ask()).toEqual(ask());
  });

  it('goes on with a fit while few attempts have come on top, and keeps their needs in view', () => {
    const attempts = stepOfTwoInputs(101);
    const shadow = createQuantileShadow();
    const first = shadow.findSupport(attempts.slice(0, 100), { left: 10, right: 10 }, 0);
    const surprise = { features: { left: 10, right: 10 }, need: 5000, hours: 1 };
    const then = shadow.findSupport(
      [...attempts.slice(0, 100), surprise],
      { left: 10, right: 10 },
      0,
    );
    expect(then?.points.slice(0, 100)).toEqual(first?.points);
    expect(Math.max(...(then?.points ?? []))).toBeCloseTo(5000, 6);
  });
});
