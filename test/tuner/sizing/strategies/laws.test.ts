import { DEFAULT_POLICY, STRATEGIES } from '@stepfit/tuner/model/policy';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import { MEMORY_STRATEGIES } from '@stepfit/tuner/sizing/strategies/all';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryHistory, killed, observations } from '../../support/attempts.ts';
import { estimateFrom } from '../../support/estimate.ts';

const NOW = { startsAtMs: 0, features: {} };
const needs = fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), {
  minLength: 1,
  maxLength: 40,
});

describe.each(STRATEGIES)('%s', (name) => {
  const strategy = MEMORY_STRATEGIES[name];

  it('is found under its own name', () => {
    expect(strategy.name).toBe(name);
  });

  it('asks for a finite amount after any finite history', () => {
    fc.assert(
      fc.property(arbitraryHistory, (history) => {
        const past = observeMemory(history);
        const estimate = estimateFrom(strategy, past, NOW, DEFAULT_POLICY);
        expect(estimate === undefined).toBe(past.length === 0);
        expect(Number.isFinite(estimate?.firstMiB ?? 0)).toBe(true);
      }),
    );
  });

  it('is never lowered by learning of a killed attempt', () => {
    fc.assert(
      fc.property(
        arbitraryHistory,
        fc.double({ min: 1, max: 2e6, noNaN: true }),
        (history, limit) => {
          const before =
            estimateFrom(strategy, observeMemory(history), NOW, DEFAULT_POLICY)?.firstMiB ?? 0;
          const after = estimateFrom(
            strategy,
            observeMemory([...history, killed(limit)]),
            NOW,
            DEFAULT_POLICY,
          );
          expect(after?.firstMiB).toBeGreaterThanOrEqual(before);
          expect(after?.firstMiB).toBeGreaterThan(limit);
        },
      ),
    );
  });
});

// The percentile's buckets are fixed in bytes: it scales only as finely as a bucket is wide.
describe.each(['shadow', 'max-margin', 'min-waste'] as const)('%s', (name) => {
  it('scales with the unit of memory', () => {
    const strategy = MEMORY_STRATEGIES[name];
    fc.assert(
      // Powers of two, so that no rounding decides between values that cost the same.
      fc.property(needs, fc.integer({ min: -8, max: 8 }), (needsMiB, power) => {
        const factor = 2 ** power;
        const estimate = estimateFrom(strategy, observations(needsMiB), NOW, DEFAULT_POLICY);
        const scaled = observations(needsMiB.map((need) => need * factor));
        const ofScaled = estimateFrom(strategy, scaled, NOW, DEFAULT_POLICY);
        expect(ofScaled?.firstMiB).toBe((estimate?.firstMiB ?? 0) * factor);
      }),
    );
  });
});
