import { HINT_REFUSALS, type LaunchedStep, type StepHint } from '@stepfit/tuner/hints/hint';
import { offerHint, type OfferInput } from '@stepfit/tuner/hints/offer-hint';
import { DEFAULT_POLICY, type Policy } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import type { Plan, Suggestion, SuggestionState } from '@stepfit/tuner/model/suggestion';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { attempt, attemptsWithPeaks } from '../support/attempts.ts';

const AUTO: Policy = { ...DEFAULT_POLICY, mode: 'auto' };
const LAUNCHED: LaunchedStep = {
  step: 'fit',
  backend: 'batch',
  current: { cpuCores: 8, memoryMiB: 16_000 },
};

/** What the tuner says of a step that asks for 16,000 MiB and needs 1,000, in force for all tasks. */
function suggestionOf(
  history = attemptsWithPeaks(Array.from({ length: 40 }, () => 1000)),
  state: SuggestionState = 'applied',
): Suggestion {
  const verdict = decideStep({
    flow: 'Train',
    step: 'fit',
    history,
    policy: DEFAULT_POLICY,
    prices: EXAMPLE_PRICES,
  });
  if (verdict.kind !== 'suggest') throw new Error(verdict.detail);
  const { kind: _, ...body } = verdict;
  const at = '2026-03-01T12:00:00.000Z';
  return {
    ...body,
    project: 'default',
    flow: 'Train',
    step: 'fit',
    suggestionId: '1a2b3c4d5e6f',
    state,
    createdAt: at,
    updatedAt: at,
    revision: 1,
    rollout: {
      phase: 'full',
      startedAt: at,
      phaseAt: at,
      share: 1,
      plan: body.plan,
      previous: body.effective,
      codeVersions: [],
    },
  };
}

/** On trial: a share of the tasks gets a plan of its own. */
function tried(suggestion: Suggestion, share: number, plan: Plan = suggestion.plan): Suggestion {
  const { rollout } = suggestion;
  if (rollout === undefined) throw new Error('It is not rolled out.');
  return {
    ...suggestion,
    suggestionId: 'tried',
    state: 'accepted',
    rollout: { ...rollout, phase: 'canary', share, plan },
  };
}

const SUGGESTION = suggestionOf();

function offer(overrides: Partial<OfferInput> = {}): StepHint {
  return offerHint({
    launched: LAUNCHED,
    policy: AUTO,
    suggestions: [SUGGESTION],
    isPaused: false,
    ...overrides,
  });
}

describe('a step about to be launched', () => {
  test('gets the plan of its suggestion where the policy lets it', () => {
    expect(offer().hint).toEqual({
      suggestionId: SUGGESTION.suggestionId,
      share: 1,
      plan: SUGGESTION.plan,
      memoryFloorMiB: 512,
      memoryCapMiB: 1_048_576,
      memoryStepMiB: 64,
      overridesCommandLine: false,
    });
    expect(SUGGESTION.plan.first.memoryMiB).toBeLessThan(16_000);
    expect(SUGGESTION.plan.last).toEqual({ cpuCores: 8, memoryMiB: 16_000 });
  });

  test('gets it on the backend’s own compiler, too, and never elsewhere', () => {
    const sfn = { ...LAUNCHED, backend: 'step-functions' };
    expect(offer({ launched: sfn }).hint).toBeDefined();
    for (const backend of ['local', 'kubernetes', 'argo-workflows', 'elsewhere']) {
      const { refusal } = offer({ launched: { ...LAUNCHED, backend } });
      expect(refusal?.code).toBe('other-backend');
    }
  });

  test('gets the values that are tried on the share that tries them', () => {
    const plan = {
      ...SUGGESTION.plan,
      first: { cpuCores: 8, memoryMiB: 11_264 },
      second: { cpuCores: 8, memoryMiB: 11_264 },
    };
    const { hint } = offer({ suggestions: [tried(SUGGESTION, 0.2, plan)] });
    expect(hint).toMatchObject({ suggestionId: 'tried', share: 0.2, plan });
    expect(hint).not.toHaveProperty('otherwise');
  });

  test('keeps for the other tasks what is in force', () => {
    const { hint } = offer({ suggestions: [tried(SUGGESTION, 0.2), SUGGESTION] });
    expect(hint).toMatchObject({ suggestionId: 'tried', share: 0.2, otherwise: SUGGESTION.plan });
  });

  test('stays as it is while nothing is tried', () => {
    const { rollout: _, ...proposed } = suggestionOf(undefined, 'proposed');
    expect(offer({ suggestions: [proposed] }).refusal?.code).toBe('not-tried-yet');
    expect(offer({ suggestions: [proposed, SUGGESTION] }).hint?.suggestionId).toBe(
      SUGGESTION.suggestionId,
    );
  });

  test.each(['auto', 'review'] as const)('stays as it is while the flow is paused (%s)', (mode) => {
    const { refusal } = offer({ policy: { ...AUTO, mode }, isPaused: true });
    expect(refusal?.code).toBe('paused');
  });

  test.each(['suggest', 'observe'] as const)('stays as it is in mode %s', (mode) => {
    expect(offer({ policy: { ...AUTO, mode } }).refusal?.code).toBe('mode-suggest');
  });

  test('gets an accepted suggestion in mode review, and no other', () => {
    const policy: Policy = { ...AUTO, mode: 'review' };
    const proposed = suggestionOf(undefined, 'proposed');
    const accepted = { ...suggestionOf(undefined, 'accepted'), suggestionId: 'accepted' };
    const { hint } = offer({ policy, suggestions: [proposed, accepted] });
    expect(hint).toMatchObject({ suggestionId: 'accepted', share: 1 });
    expect(offer({ policy, suggestions: [proposed] }).refusal?.code).toBe('not-accepted');
  });

  test('stays as it is where the tuner suggests nothing, and says why', () => {
    const { refusal } = offer({
      suggestions: [],
      skip: { code: 'too-few-attempts', detail: '2 attempts; the policy asks for 5.' },
    });
    expect(refusal).toEqual({
      code: 'no-suggestion',
      detail: '2 attempts; the policy asks for 5.',
    });
  });

  test('stays as it is where a policy excludes it', () => {
    expect(offer({ policy: { ...AUTO, excluded: true } }).refusal?.code).toBe('excluded');
  });

  test('stays as it is where the source asks for something else by now', () => {
    for (const current of [
      { cpuCores: 8, memoryMiB: 2000 },
      { cpuCores: 4, memoryMiB: 16_000 },
      { cpuCores: 8, memoryMiB: 16_000, gpuCount: 1 },
      {},
    ]) {
      const { refusal } = offer({ launched: { ...LAUNCHED, current } });
      expect(refusal?.code).toBe('request-changed');
    }
    const rounded = { cpuCores: 8, memoryMiB: 16_000.4, gpuCount: 0 };
    expect(offer({ launched: { ...LAUNCHED, current: rounded } }).hint).toBeDefined();
  });

  test('says what it asks for now and asked for then', () => {
    const current = { cpuCores: 8, memoryMiB: 2048 };
    const { refusal } = offer({ launched: { ...LAUNCHED, current } });
    expect(refusal?.detail).toBe(
      'The step asks for something else than when the suggestion was made. It asks for 2 GiB now, and for 15.6 GiB then.',
    );
  });

  test('gets less only where the policy’s risk is proven, whatever it was when it was suggested', () => {
    const { refusal } = offer({ policy: { ...AUTO, riskRatio: 1e-6 } });
    expect(refusal?.code).toBe('unproven');
    expect(refusal?.detail).toMatch(/^The step’s own attempts do not prove .* accepted\.$/);
    const { memoryBound: _, ...evidence } = SUGGESTION.evidence;
    expect(offer({ suggestions: [{ ...SUGGESTION, evidence }] }).refusal?.code).toBe('unproven');
  });

  test('gets more at once, proven or not', () => {
    const killed = [0, 1, 2, 3, 4].map((run) =>
      attempt({
        run: String(run),
        startedAtMs: run * 1e7,
        outcome: 'oom',
        peakMemoryMiB: 16_000,
        limitMemoryMiB: 16_000,
      }),
    );
    const { hint } = offer({
      suggestions: [suggestionOf(killed)],
      policy: { ...AUTO, riskRatio: 1e-6 },
    });
    expect(hint?.plan.first.memoryMiB).toBeGreaterThan(16_000);
  });

  test('is not told what it asks for already', () => {
    const plan = { ...SUGGESTION.plan, first: SUGGESTION.effective };
    const same = tried(SUGGESTION, 1, plan);
    expect(offer({ suggestions: [same] }).refusal?.code).toBe('nothing-to-change');
  });

  test('is never given less than a floor, nor more than the last value of the plan', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 60_000, noNaN: true }),
        fc.double({ min: 0, max: 64, noNaN: true }),
        fc.integer({ min: 1, max: 4096 }),
        (memoryFloorMiB, cpuFloorCores, memoryStepMiB) => {
          const policy = { ...AUTO, memoryFloorMiB, cpuFloorCores, memoryStepMiB };
          const { hint, refusal } = offer({ policy });
          expect(refusal === undefined || refusal.code === 'nothing-to-change').toBe(true);
          const { first, second, last } = hint?.plan ?? SUGGESTION.plan;
          const floor = hint === undefined ? 0 : Math.min(memoryFloorMiB, last.memoryMiB ?? 0);
          expect(first.memoryMiB).toBeGreaterThanOrEqual(floor);
          expect(second.memoryMiB).toBeGreaterThanOrEqual(first.memoryMiB ?? 0);
          expect(last.memoryMiB).toBeGreaterThanOrEqual(second.memoryMiB ?? 0);
          expect(last.cpuCores).toBeGreaterThanOrEqual(first.cpuCores ?? 0);
        },
      ),
    );
  });

  describe('where no single value saves, but a formula for each task does', () => {
    const formula = {
      kind: 'line' as const,
      feature: 'rows',
      baseMiB: 400,
      slopeMiB: 1,
      leastMiB: 300,
      from: 100,
      to: 4000,
      factor: 1.1,
    };
    const proof = { words: '', failures: 0, attempts: 300, confidence: 0.95, upperBound: 0.01 };
    const byFeatures: Suggestion = {
      ...SUGGESTION,
      suggested: SUGGESTION.effective,
      plan: { ...SUGGESTION.plan, first: SUGGESTION.effective },
      evidence: { ...SUGGESTION.evidence, memoryFormula: formula, formulaProof: proof },
    };
    const accepted: Suggestion = { ...byFeatures, state: 'accepted' };
    const review: Policy = { ...AUTO, mode: 'review' };

    test('gets the formula, and its own values for whatever that says nothing of', () => {
      const { hint } = offer({ policy: review, suggestions: [accepted] });
      expect(hint).toMatchObject({ share: 1, memoryFormula: formula });
      expect(hint?.plan.first).toEqual(LAUNCHED.current);
    });

    test('gets nothing where tasks are not launched one by one', () => {
      const launched = { ...LAUNCHED, backend: 'step-functions' };
      const { refusal } = offer({ policy: review, suggestions: [accepted], launched });
      expect(refusal?.code).toBe('nothing-to-change');
    });

    test('gets nothing under a policy that accepts less than was proven', () => {
      const policy = { ...review, riskRatio: 0.005 };
      const { refusal } = offer({ policy, suggestions: [accepted] });
      expect(refusal).toEqual({
        code: 'unproven',
        detail:
          'The step’s own attempts do not prove the suggested value within the policy’s risk. Up to 1 % of the next could fail, and 0.5 % is accepted.',
      });
    });
  });

  test('always hears either its values or a reason with a sentence', () => {
    const launches = [LAUNCHED, { ...LAUNCHED, backend: 'local' }, { ...LAUNCHED, current: {} }];
    const modes = ['observe', 'suggest', 'review', 'auto'] as const;
    for (const launched of launches) {
      for (const mode of modes) {
        const { step, hint, refusal } = offer({ launched, policy: { ...AUTO, mode } });
        expect(step).toBe('fit');
        expect((hint === undefined) !== (refusal === undefined)).toBe(true);
        expect(refusal === undefined || Object.hasOwn(HINT_REFUSALS, refusal.code)).toBe(true);
        expect(refusal?.detail).not.toBe('');
      }
    }
  });
});

test('a suggestion in force does not take itself away: what was asked for without it still counts', () => {
  const { plan } = SUGGESTION;
  const hinted = attemptsWithPeaks(Array.from({ length: 40 }, () => 1000)).map((usage) => ({
    ...usage,
    request: plan.first,
    hint: {
      suggestionId: SUGGESTION.suggestionId,
      arm: 'hinted' as const,
      rung: 'first' as const,
      sizedBy: 'plan' as const,
      before: LAUNCHED.current,
      applied: plan.first,
    },
  }));
  const again = suggestionOf(hinted);
  expect(again.plan).toEqual(plan);
  expect(again.effective).toEqual(LAUNCHED.current);
});
