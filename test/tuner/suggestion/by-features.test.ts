import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { isByFeatures } from '@stepfit/tuner/model/by-features';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import type { Verdict } from '@stepfit/tuner/model/suggestion';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import { describe, expect, test } from 'vitest';

import { attempt, HOUR_MS } from '../support/attempts.ts';

/** 400 tasks of 100 to 4,000 rows, in no order: 400 MiB and one for each row. */
function tasks(overrides: Partial<AttemptUsage> = {}): AttemptUsage[] {
  return Array.from({ length: 400 }, (_, index) => {
    const rows = 100 + ((index * 1103) % 3900);
    return attempt({
      run: String(index + 1),
      startedAtMs: index * HOUR_MS,
      features: { rows },
      peakMemoryMiB: 400 + rows,
      declared: { cpuCores: 1, memoryMiB: 4500 },
      declaredDecorators: [{ name: 'resources', attributes: { cpu: 1, memory: 4500 } }],
      request: { cpuCores: 1, memoryMiB: 4500 },
      ...overrides,
    });
  });
}

function decide(history: readonly AttemptUsage[]): Verdict {
  return decideStep({
    flow: 'Train',
    step: 'fit',
    history,
    policy: DEFAULT_POLICY,
    prices: EXAMPLE_PRICES,
  });
}

describe('a step whose need follows its input, and of which no single value can be lowered', () => {
  const verdict = decide(tasks());
  if (verdict.kind !== 'suggest') throw new Error(verdict.detail);

  test('is suggested to size each task, and to leave its source as it is', () => {
    expect(isByFeatures(verdict)).toBe(true);
    expect(verdict.suggested).toEqual({ cpuCores: 1, memoryMiB: 4500 });
    expect(verdict.suggestedEffective).toEqual(verdict.effective);
    expect(verdict.plan.first).toEqual(verdict.effective);
    expect(verdict.decoratorLine).toBe('@resources(cpu=1, memory=4500)');
    expect(verdict.decoratorNote).toContain('The source stays as it is');
    expect(verdict.evidence.memoryFormula).toMatchObject({ kind: 'line', feature: 'rows' });
  });

  test('says why, by which formula, with which proof, and what it saves', () => {
    expect(verdict.reasons).toEqual([
      'No single value of memory saves: 4.31 GiB would do, within 10 % of 4.39 GiB.',
      'By its features it does: memory = 400 MiB + 1 MiB × rows, for rows from 100 to 3997.',
      'Had it been in force, 0 of 400 attempts would have run out of memory at first; with the current value, 0. At most 0.8 % of the next will (95 % sure).',
      'Frees capacity worth $0.0085 a run, 14 % of what the step costs, at example prices, not your bill; machines are shared, so the bill falls once one can go.',
    ]);
    expect(verdict.savings.gibHoursPerRun).toBeGreaterThan(0);
    expect(verdict.savings.coreHoursPerRun).toBe(0);
  });

  test('keeps the risk that the policy accepts, as its proof states', () => {
    const { formulaProof, memoryReplay } = verdict.evidence;
    expect(formulaProof?.upperBound).toBeLessThanOrEqual(DEFAULT_POLICY.riskRatio + 1e-9);
    expect(memoryReplay.map(({ label }) => label)).toContain('by formula');
  });

  test.each(['argo-workflows', 'step-functions', 'local', 'command'])(
    'is left alone on %s, where no task is launched with values of its own',
    (backend) => {
      expect(decide(tasks({ backend }))).toHaveProperty('kind', 'skip');
    },
  );
});
