import { followUp, type FollowUp } from '@stepfit/tuner/lifecycle/follow-up';
import { standingOf } from '@stepfit/tuner/lifecycle/standing';
import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import type { Suggestion, Verdict } from '@stepfit/tuner/model/suggestion';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import { describe, expect, it } from 'vitest';

import { attempt, attemptsWithPeaks, HOUR_MS } from '../support/attempts.ts';

const DECLARED = { cpuCores: 8, memoryMiB: 16_000 };
const PEAKS = [900, 1000, 950, 1020, 980, 1000, 940];
const NOW_MS = Date.UTC(2026, 0, 10);
const policy = DEFAULT_POLICY;
const past = attemptsWithPeaks(PEAKS, { declared: DECLARED, request: DECLARED });

function verdictOn(history: readonly AttemptUsage[]): Verdict {
  return decideStep({ flow: 'F', step: 's', history, policy, prices: EXAMPLE_PRICES });
}

function suggestionOf(verdict: Verdict, changes: Partial<Suggestion> = {}): Suggestion {
  if (verdict.kind !== 'suggest') throw new Error(`no suggestion: ${verdict.detail}`);
  const { kind: _kind, ...body } = verdict;
  return {
    suggestionId: 'one',
    project: 'p',
    flow: 'F',
    step: 's',
    state: 'proposed',
    createdAt: new Date(NOW_MS).toISOString(),
    updatedAt: new Date(NOW_MS).toISOString(),
    revision: 1,
    ...body,
    ...changes,
  };
}

const first = suggestionOf(verdictOn(past));

function follow(
  suggestions: readonly Suggestion[],
  later: readonly AttemptUsage[] = [],
  { verdict, nowMs = NOW_MS + HOUR_MS }: { verdict?: Verdict; nowMs?: number } = {},
): FollowUp {
  const history = [...past, ...later];
  const standing = standingOf(suggestions);
  return followUp({ standing, verdict: verdict ?? verdictOn(history), history, policy, nowMs });
}

/** What happened, in a line each. */
function told({ changes, skip }: FollowUp): string[] {
  return [
    ...changes.map((change) => {
      if (change.kind === 'move') return `${change.suggestion.suggestionId} ${change.event}`;
      return change.kind === 'propose'
        ? `propose ${change.body.suggested.memoryMiB}`
        : `${change.kind} ${change.suggestion.suggestionId}`;
    }),
    ...(skip === undefined ? [] : [`skip ${skip.code}`]),
  ];
}

/** Attempts after the suggestion, with its values. */
function applied(count: number, changes: Partial<AttemptUsage> = {}): AttemptUsage[] {
  return Array.from({ length: count }, (_, index) =>
    attempt({
      run: `later${index}`,
      startedAtMs: NOW_MS + (index + 1) * HOUR_MS,
      declared: first.suggestedEffective,
      request: first.suggestedEffective,
      peakMemoryMiB: 1000,
      ...changes,
    }),
  );
}

/** The same where no single value is suggested, but a formula for each task. */
const byFeatures: Suggestion = {
  ...first,
  suggested: first.effective,
  suggestedEffective: first.effective,
  plan: { ...first.plan, first: first.effective },
  evidence: {
    ...first.evidence,
    memoryFormula: { kind: 'labels', feature: 'kind', needsMiB: { small: 900 }, factor: 1 },
  },
};
const byFeaturesAgain: Verdict = { kind: 'suggest', ...byFeatures };

/** One that needs far more than all before. */
const larger = attempt({
  run: 'larger',
  startedAtMs: NOW_MS + HOUR_MS,
  peakMemoryMiB: 6000,
  request: DECLARED,
  declared: DECLARED,
});

describe('a proposed suggestion', () => {
  it('comes of a verdict, is refreshed by the same, and superseded by another', () => {
    expect(told(follow([]))).toEqual([`propose ${first.suggested.memoryMiB}`]);
    expect(told(follow([first]))).toEqual(['refresh one']);
    expect(told(follow([first], [larger]))).toEqual([
      'one supersede',
      expect.stringMatching(/^propose \d+$/),
    ]);
  });

  it('is withdrawn with the reason when nothing is suggested any more', () => {
    const verdict = { kind: 'skip', code: 'excluded', detail: 'A policy excludes it.' } as const;
    const followed = follow([first], [], { verdict });

    expect(told(followed)).toEqual(['one supersede', 'skip excluded']);
    expect(followed.changes[0]).toMatchObject({ note: 'excluded: A policy excludes it.' });
  });

  it('is applied once the step asks for its values, whoever put them there', () => {
    const followed = follow([first], applied(1));

    expect(told(followed)).toEqual(['one apply', expect.stringMatching(/^skip /)]);
  });
});

describe('a suggestion to size each task by its features', () => {
  const verdict = byFeaturesAgain;
  const unhinted = applied(1, { request: first.effective });
  const hinted = applied(1, {
    request: { ...first.effective, memoryMiB: 1024 },
    hint: {
      suggestionId: 'one',
      arm: 'hinted',
      rung: 'first',
      sizedBy: 'features',
      before: first.effective,
      applied: { memoryMiB: 1024 },
    },
  });

  it('is not taken for applied because the source asks for what it always did', () => {
    expect(told(follow([byFeatures], unhinted, { verdict }))).toEqual(['refresh one']);
  });

  it('is applied once a task has been sized by it, and stays so beside tasks that were not', () => {
    const accepted = { ...byFeatures, state: 'accepted' } as const;
    expect(told(follow([accepted], hinted, { verdict }))[0]).toBe('one apply');
    const inForce = { ...byFeatures, state: 'applied' } as const;
    const mixed = [...hinted, ...applied(2, { request: first.effective })];
    expect(told(follow([inForce], mixed, { verdict }))).not.toContain('one roll-back');
  });

  it('is not refused because somebody dismissed values, nor are values because somebody dismissed it', () => {
    const dismissed = { ...first, state: 'dismissed' } as const;
    expect(told(follow([dismissed], [], { verdict }))).toEqual([
      `propose ${first.effective.memoryMiB}`,
    ]);
    const dismissedFormula = { ...byFeatures, state: 'dismissed' } as const;
    expect(told(follow([dismissedFormula], [], { verdict }))).toEqual(['skip dismissed']);
    expect(told(follow([dismissedFormula]))).toEqual([`propose ${first.suggested.memoryMiB}`]);
  });
});

describe('a dismissed suggestion', () => {
  const dismissed = { ...first, state: 'dismissed' } as const;

  it('keeps about the same from being suggested again, and says so', () => {
    const followed = follow([dismissed]);

    expect(told(followed)).toEqual(['skip dismissed']);
    expect(followed.skip?.detail).toContain('Somebody dismissed');
  });

  it('does not keep other values from being suggested', () => {
    expect(told(follow([dismissed], [larger]))).toEqual([expect.stringMatching(/^propose \d+$/)]);
  });

  it('is the same for what somebody took out of the source again', () => {
    const back = { ...first, state: 'rolled-back' } as const;
    expect(told(follow([back]))).toEqual(['skip rolled-back']);
  });
});

describe('a snoozed suggestion', () => {
  const until = new Date(NOW_MS + 24 * HOUR_MS).toISOString();
  const snoozed: Suggestion = { ...first, state: 'snoozed', snoozedUntil: until };

  it('stays so with newer evidence until its time comes', () => {
    expect(told(follow([snoozed]))).toEqual(['refresh one', 'skip snoozed']);
    const nowMs = NOW_MS + 24 * HOUR_MS;
    expect(told(follow([snoozed], [], { nowMs }))).toEqual(['refresh one', 'one wake']);
  });

  it('wakes early where the step needs more than it asks for by now', () => {
    const killed = Array.from({ length: 3 }, (_, index) =>
      attempt({
        run: `killed${index}`,
        startedAtMs: NOW_MS + index * HOUR_MS,
        outcome: 'oom',
        peakMemoryMiB: 16_000,
        limitMemoryMiB: 16_000,
        declared: DECLARED,
        request: DECLARED,
      }),
    );
    expect(told(follow([snoozed], killed))).toEqual(['refresh one', 'one wake']);
  });
});

describe('an accepted suggestion', () => {
  const accepted: Suggestion = { ...first, state: 'accepted' };

  it('waits for its values to be asked for', () => {
    expect(told(follow([accepted]))).toEqual([]);
    expect(told(follow([accepted], applied(1)))[0]).toBe('one apply');
  });

  it('is stale once newer attempts contradict it, and what they suggest is proposed beside it', () => {
    const followed = follow([accepted], [larger]);

    expect(told(followed)).toEqual(['stale one', expect.stringMatching(/^propose \d+$/)]);
    expect(followed.changes[0]).toMatchObject({
      reason: expect.stringMatching(/^By now 8 attempts suggest .+, not .+\.$/) as string,
    });
  });

  it('is stale once the code is new, with the words for it', () => {
    const oneCore = { cpuCores: 1, memoryMiB: 16_000 };
    const old = past.map((usage) => ({ ...usage, request: oneCore, codeVersion: 'v1' }));
    const fresh = attempt({
      run: 'fresh',
      startedAtMs: NOW_MS + HOUR_MS,
      codeVersion: 'v2',
      peakMemoryMiB: 5000,
      request: oneCore,
    });
    const verdict = verdictOn([...old, fresh]);
    const followed = follow([accepted], [fresh], { verdict });

    expect(verdict).toMatchObject({ kind: 'skip', code: 'code-changed' });
    expect(told(followed)).toEqual(['stale one', 'skip code-changed']);
    expect(followed.changes[0]).toMatchObject({
      reason: expect.stringContaining('code') as string,
    });
  });

  it('is fresh again when the attempts are', () => {
    const stale = { since: new Date(NOW_MS).toISOString(), reason: 'something' };
    expect(follow([{ ...accepted, stale }]).changes).toEqual([
      { kind: 'stale', suggestion: { ...accepted, stale } },
    ]);
  });
});

/** What happened to the suggestion itself. */
function itsChange({ changes }: FollowUp): unknown {
  return changes.find((change) => change.kind !== 'propose');
}

describe('a suggestion in force', () => {
  const inForce: Suggestion = { ...first, state: 'applied' };

  it('is verified after as many attempts as rule out five times the risk', () => {
    expect(itsChange(follow([inForce], applied(72)))).toBeUndefined();
    expect(itsChange(follow([inForce], applied(73)))).toMatchObject({ event: 'verify' });
  });

  it('is stale when its attempts run out of memory beyond the budget', () => {
    const killed = applied(2, { outcome: 'oom', limitMemoryMiB: 4000 });
    expect(itsChange(follow([inForce], [...applied(20), ...killed]))).toMatchObject({
      kind: 'stale',
      reason: '2 of 4 attempts ran out of memory, and the policy allows 1 %.',
    });
  });

  it('is rolled back when the step asks for what it did before, superseded when for something else', () => {
    const back = attempt({ startedAtMs: NOW_MS + HOUR_MS, request: DECLARED, declared: DECLARED });
    const other = { ...back, request: { cpuCores: 8, memoryMiB: 9000 } };

    expect(itsChange(follow([inForce], [back]))).toMatchObject({ event: 'roll-back' });
    expect(itsChange(follow([inForce], [other]))).toMatchObject({ event: 'supersede' });
  });
});
