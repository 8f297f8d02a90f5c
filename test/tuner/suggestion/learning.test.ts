import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { DEFAULT_POLICY, type Policy, STRATEGIES } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import type { Verdict } from '@stepfit/tuner/model/suggestion';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { arbitraryHistory, attempt, HOUR_MS, killed } from '../support/attempts.ts';
import { draw, seededNormal } from '../support/random.ts';

const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 2, 1);

/** Risk enough for forty attempts to prove something; the strategy whose words are the shortest. */
const POLICY: Partial<Policy> = { strategy: 'max-margin', riskRatio: 0.05 };

function decide(history: readonly AttemptUsage[], policy: Partial<Policy> = POLICY): Verdict {
  return decideStep({
    flow: 'Train',
    step: 'fit',
    history,
    policy: { ...DEFAULT_POLICY, ...policy },
    prices: EXAMPLE_PRICES,
  });
}

function suggestion(verdict: Verdict): Extract<Verdict, { kind: 'suggest' }> {
  if (verdict.kind !== 'suggest') throw new Error(`${verdict.code}: ${verdict.detail}`);
  return verdict;
}

/** One core is asked for and used, so that memory alone is in question; a run a day. */
function daily(
  needs: readonly number[],
  overrides: (index: number) => Partial<AttemptUsage> = () => ({}),
): AttemptUsage[] {
  return needs.map((peakMemoryMiB, index) =>
    attempt({
      run: `day${String(index).padStart(3, '0')}`,
      startedAtMs: START_MS + index * DAY_MS,
      peakMemoryMiB,
      request: { cpuCores: 1, memoryMiB: 16_000 },
      ...overrides(index),
    }),
  );
}

function around(centreMiB: number, deviation: number, seed: number): () => number {
  const normal = seededNormal(seed);
  return () => centreMiB * Math.exp(deviation * normal());
}

function noteWith(verdict: Verdict, text: string): string | undefined {
  return suggestion(verdict).evidence.notes.find((note) => note.includes(text));
}

describe('new code', () => {
  const old = draw(60, around(1000, 0.3, 61));

  it('waits for attempts of its own before anything is taken away', () => {
    const history = daily([...old, 950, 1050], (index) => ({
      codeVersion: index < 60 ? 'a1' : 'b2',
    }));
    expect(decide(history)).toEqual({
      kind: 'skip',
      code: 'code-changed',
      detail:
        'Memory: its code changed, and of version b2 2 attempts have run to the end, where the policy asks for 5. ' +
        'Cores: it ran as a serial step, hardly ever with more than one core busy: 1 core would not have slowed 62 attempts.',
    });
  });

  it('is not judged by the old one while it has never run to its end', () => {
    const tried = killed(2000, {
      startedAtMs: START_MS + 99 * DAY_MS,
      codeVersion: 'b2',
      request: { cpuCores: 1, memoryMiB: 16_000 },
    });
    const verdict = decide([...daily(old, () => ({ codeVersion: 'a1' })), tried]);
    expect(verdict).toHaveProperty('code', 'code-changed');
    expect(verdict.kind === 'skip' && verdict.detail).toContain(
      'of version b2 0 attempts have run to the end, where the policy asks for 5',
    );
  });

  it('gets more at once when it runs out of memory', () => {
    const history = [
      ...daily(old, () => ({ codeVersion: 'a1' })),
      killed(16_000, { startedAtMs: START_MS + 99 * DAY_MS, codeVersion: 'b2' }),
    ];
    expect(suggestion(decide(history)).suggested.memoryMiB).toBeGreaterThan(16_000);
  });

  it('that needs another amount is judged by its own attempts, and the note says by how many', () => {
    const fresh = draw(60, around(4000, 0.1, 62));
    const verdict = decide(
      daily([...old, ...fresh], (index) => ({ codeVersion: index < 60 ? 'a1' : 'b2' })),
    );
    expect(noteWith(verdict, 'earlier code')).toBe(
      'Only the 60 attempts of version b2 of the code count: the 60 attempts of earlier code needed another amount.',
    );
    expect(suggestion(verdict).evidence.memoryBound?.attempts).toBe(60);
    expect(suggestion(verdict).suggested.memoryMiB).toBeGreaterThan(Math.max(...fresh));
  });

  it('is not lent the record of the old one', () => {
    // 0 of 59 proves 5 % where nothing is supposed of needs never seen; 80 attempts do, 20 do not.
    const policy = { ...POLICY, tailIndex: 0 };
    const fresh = draw(80, around(4000, 0.1, 74));
    const all = daily([...old, ...fresh], (index) => ({ codeVersion: index < 60 ? 'a1' : 'b2' }));
    expect(decide(all.slice(0, 80), policy)).toHaveProperty('code', 'unproven');
    expect(suggestion(decide(all, policy)).evidence.memoryBound).toMatchObject({
      failures: 0,
      attempts: 80,
    });
  });

  it('that needs what the old one did adds to its proof', () => {
    const need = around(1000, 0.05, 63);
    const verdict = decide(
      daily(draw(66, need), (index) => ({ codeVersion: index < 60 ? 'a1' : 'b2' })),
    );
    expect(noteWith(verdict, 'count')).toBe(
      'The code has changed: version b2 needs what the one before it did, as far as 6 attempts tell, so all 66 attempts count.',
    );
    expect(suggestion(verdict).evidence.memoryBound?.attempts).toBe(66);
  });

  it('with every run does not starve a step', () => {
    const verdict = decide(
      daily(draw(60, around(1000, 0.3, 64)), (index) => ({ codeVersion: `v${index}` })),
    );
    expect(noteWith(verdict, 'every run')).toContain('none of the 59 before it moved the need');
    expect(suggestion(verdict).evidence.memoryBound?.attempts).toBe(60);
  });
});

describe('a need that moves', () => {
  const level = around(1000, 0.05, 65);
  const high = around(3000, 0.05, 66);

  it('is judged by the attempts since, with the day and the size of the move', () => {
    const verdict = decide(daily([...draw(60, level), ...draw(60, high)]));
    expect(noteWith(verdict, 'no change of code')).toBe(
      'The need rose to 3 times what it was with the run of 2026-04-30, and no change of code explains it: ' +
        'only the 60 attempts since then count.',
    );
    expect(suggestion(verdict).evidence.memoryBound?.attempts).toBe(60);
  });

  it('with its input is said to', () => {
    const needs = [...draw(60, level), ...draw(60, high)];
    const verdict = decide(daily(needs, (index) => ({ features: { rows: needs[index] ?? 0 } })));
    expect(noteWith(verdict, 'input')).toMatch(
      /^It is the input that moved: `rows` went to 3 times/,
    );
  });

  it('to and fro counts whole', () => {
    const verdict = decide(daily([...draw(40, level), ...draw(40, high), ...draw(40, level)]));
    expect(noteWith(verdict, 'rose and fell')).toContain('all attempts count');
    expect(suggestion(verdict).suggested.memoryMiB).toBeGreaterThan(3000);
  });

  it('by growing gets headroom for a month', () => {
    const normal = seededNormal(67);
    const needs = draw(60, (index) => 1000 * 1.01 ** index * Math.exp(0.01 * normal()));
    const verdict = suggestion(decide(daily(needs)));
    // 1000 × 1.01^(59 + 30) = 2424
    expect(verdict.suggested.memoryMiB).toBeGreaterThan(2424);
    expect(verdict.reasons[0]).toContain(
      'each need carried on by its growth of 1 % a run for 30 more runs',
    );
    expect(noteWith(verdict, 'has grown')).toMatch(
      /^The need has grown by about 1 % a run over 60 runs, since 2026-03-01\. At this pace the 15\.6 GiB asked for are used up in about 2\d\d runs\.$/,
    );
  });

  it('by growing is left alone where less would not last', () => {
    const needs = draw(60, (index) => 1000 * 1.01 ** index);
    const verdict = decide(daily(needs, () => ({ request: { cpuCores: 1, memoryMiB: 2700 } })));
    expect(verdict).toHaveProperty('code', 'need-grows');
    expect(verdict.kind === 'skip' && verdict.detail).toContain(
      'would do today, but the need grows by 1 % a run',
    );
  });
});

describe('usage that follows what is given', () => {
  const heap = around(0.7, 0.03, 68);

  function given(memoryMiB: number): Partial<AttemptUsage> {
    return { request: { cpuCores: 1, memoryMiB } };
  }

  it('is not shrunk blindly', () => {
    const requests = draw(40, (index) => (index < 20 ? 16_000 : 8000));
    const verdict = decide(
      daily(
        requests.map((request) => request * heap()),
        (index) => given(requests[index] ?? 0),
      ),
    );
    expect(verdict).toHaveProperty('code', 'follows-request');
    expect(verdict.kind === 'skip' && verdict.detail).toMatch(
      /^Memory: usage follows what the step is given: typically 5\.51 GiB of 7\.81 GiB, and 1[01](\.\d)? GiB of 15\.6 GiB\. So what it needs cannot be told from what it uses: give the program a limit of its own/,
    );
  });

  it('is raised all the same when it runs out of memory', () => {
    const requests = draw(40, (index) => (index < 20 ? 16_000 : 8000));
    const history = daily(
      requests.map((request) => request * heap()),
      (index) => given(requests[index] ?? 0),
    );
    const starved = draw(3, (index) =>
      killed(8000, { run: `k${index}`, startedAtMs: START_MS + 99 * DAY_MS, ...given(8000) }),
    );
    expect(suggestion(decide([...history, ...starved])).suggested.memoryMiB).toBeGreaterThan(8000);
  });

  it('is told from usage that stayed where the request was lowered', () => {
    const verdict = decide(
      daily(draw(60, around(1000, 0.05, 69)), (index) => given(index < 30 ? 16_000 : 8000)),
    );
    expect(noteWith(verdict, 'does not follow')).toMatch(/^Usage does not follow the request/);
  });

  it('keeps its cores too', () => {
    const hosts = draw(40, (index) => (index % 2 === 0 ? 4 : 16));
    const verdict = decide(
      daily(draw(40, around(1000, 0.05, 70)), (index) => ({
        request: { cpuCores: 16, memoryMiB: 1200 },
        hostCpuCores: hosts[index] ?? 4,
        cpuProfile: { cores: [0.5 * (hosts[index] ?? 4)], seconds: [3600] },
      })),
    );
    expect(verdict).toHaveProperty('code', 'follows-request');
    expect(verdict.kind === 'skip' && verdict.detail).toContain(
      'Cores: usage follows what the step is given: typically 2 cores of 4 cores, and 8 cores of 16 cores.',
    );
  });
});

describe('the shape of the needs', () => {
  it('is said in words where one attempt, or one kind of them, decides the value', () => {
    const normal = seededNormal(71);
    const kinds = draw(80, (index) => (index % 4 === 0 ? 'full' : 'fast'));
    const verdict = decide(
      daily(
        kinds.map((mode) => (mode === 'full' ? 8192 : 2048) * Math.exp(0.002 * normal())),
        (index) => ({ features: { mode: kinds[index] ?? '' } }),
      ),
    );
    expect(noteWith(verdict, 'two kinds')).toBe(
      'There are two kinds of attempts: 60 need about 2 GiB, 20 about 8.01 GiB.',
    );
    expect(noteWith(verdict, '`mode`')).toBe(
      'Attempts with `mode` = full typically need 8.01 GiB, the others 2 GiB (20 and 60): ' +
        'a step of their own for each could ask for less.',
    );
    const odd = decide(daily([...draw(79, around(1000, 0.02, 72)), 4000]));
    expect(noteWith(odd, 'second largest')).toMatch(
      /^The largest of 80 attempts needed 3\.91 GiB, 3\.\d times the second largest: that one decides/,
    );
  });

  it('is not remarked on where there is nothing to remark', () => {
    const { notes } = suggestion(decide(daily(draw(80, around(1000, 0.1, 73))))).evidence;
    expect(notes.filter((note) => /tail|kinds|second largest|typically|count/.test(note))).toEqual(
      [],
    );
  });
});

describe('a new step', () => {
  const spending = { attempts: 0, needHours: 0, hours: 0 };
  const two = daily([600, 700]);

  function decideBeside(memory: readonly number[], policy: Partial<Policy> = {}): Verdict {
    return decideStep({
      flow: 'Train',
      step: 'fit',
      history: two,
      policy: { ...DEFAULT_POLICY, ...policy },
      prices: EXAMPLE_PRICES,
      projectFacts: {
        spending,
        surprises: [],
        needRatios: { memory: [...memory], cores: memory.map(() => 0.5) },
      },
    });
  }

  it('keeps what was declared, and says what its neighbours would have to show', () => {
    expect(decideBeside(draw(41, (index) => (index + 1) / 100))).toEqual({
      kind: 'skip',
      code: 'too-few-attempts',
      detail:
        "2 successful attempts with measured usage; the policy asks for 5. The project's 41 other steps needed up to " +
        '41 % of the memory and 50 % of the cores they asked for: 258 more would have to stay within theirs before ' +
        'a new one may be given less on their word.',
    });
    expect(decideBeside([])).toHaveProperty(
      'detail',
      '2 successful attempts with measured usage; the policy asks for 5.',
    );
  });

  it('is given less on the word of 299 neighbours, with a way back to what was declared', () => {
    const verdict = suggestion(decideBeside(draw(299, () => 0.25)));
    // a quarter of 16000, on the grid of 64
    expect(verdict.plan.first.memoryMiB).toBe(4032);
    expect(verdict.plan.last.memoryMiB).toBe(16_000);
    expect(verdict.reasons[0]).toBe(
      "Memory 3.94 GiB instead of 15.6 GiB: it is new, and 299 of the project's 299 other steps never needed more than " +
        '25 % of what they asked for, so that at most 1 % of new ones do (95 % sure).',
    );
  });

  it('is never given less than it has been seen to need, nor anything less where a retry is not accepted', () => {
    const tiny = draw(299, () => 0.001);
    expect(suggestion(decideBeside(tiny)).suggested.memoryMiB).toBeGreaterThanOrEqual(700);
    expect(decideBeside(tiny, { noRetry: true })).toHaveProperty('code', 'too-few-attempts');
  });

  it('keeps what was declared where a neighbour needed more than it had', () => {
    const verdict = decideBeside([1.3, ...draw(310, () => 0.1)]);
    expect(verdict).toHaveProperty('code', 'too-few-attempts');
    expect(verdict.kind === 'skip' && verdict.detail).toContain(
      'needed up to 130 % of the memory and 50 % of the cores they asked for: so a new one keeps',
    );
  });
});

describe('whatever the versions and requests', () => {
  /** Any attempts of three runs, or runs whose need, code and request change at times. */
  const mixed = fc
    .tuple(arbitraryHistory, fc.array(fc.constantFrom('a', 'b', undefined), { maxLength: 40 }))
    .map(([history, versions]) =>
      history.map((usage, index) => {
        const codeVersion = versions[index];
        return {
          ...usage,
          request: { cpuCores: 8, memoryMiB: index % 3 === 0 ? 4000 : 16_000 },
          ...(codeVersion === undefined ? {} : { codeVersion }),
        };
      }),
    );
  const stretch = fc.record({
    runs: fc.integer({ min: 1, max: 25 }),
    needMiB: fc.integer({ min: 100, max: 8000 }),
    growth: fc.constantFrom(0, 0, 0.02),
    codeVersion: fc.constantFrom('a', 'b'),
    memoryMiB: fc.constantFrom(4000, 16_000),
    noise: fc.array(fc.double({ min: 0.9, max: 1.1, noNaN: true }), {
      minLength: 25,
      maxLength: 25,
    }),
  });
  const changing = fc.array(stretch, { minLength: 1, maxLength: 4 }).map((stretches) => {
    const attempts = stretches.flatMap(({ runs, needMiB, growth, noise, memoryMiB, codeVersion }) =>
      noise.slice(0, runs).map((factor, index) => ({
        need: needMiB * factor * (1 + growth) ** index,
        overrides: { codeVersion, request: { cpuCores: 1, memoryMiB } },
      })),
    );
    return daily(
      attempts.map(({ need }) => need),
      (index) => attempts[index]?.overrides ?? {},
    );
  });
  const histories = fc.oneof(mixed, changing);

  it('the verdict does not depend on the order of the history', () => {
    fc.assert(
      fc.property(histories, fc.func(fc.integer()), (history, shuffleKey) => {
        const shuffled = history.toSorted((a, b) => shuffleKey(a.task) - shuffleKey(b.task));
        expect(decide(shuffled)).toEqual(decide(history));
      }),
    );
  });

  const killedLater = fc.record({
    strategy: fc.constantFrom(...STRATEGIES),
    limitMiB: fc.integer({ min: 1, max: 100_000 }),
    day: fc.integer({ min: -1, max: 101 }),
    codeVersion: fc.constantFrom('a', 'b', 'new', undefined),
  });
  /** A bound once took the place of a need among the few earlier attempts that are kept in mind. */
  const boundAboveNeed = [4000.48, 3598, 3598, 90, 90].map((peakMemoryMiB, index) => ({
    peakMemoryMiB,
    codeVersion: index < 3 ? 'a' : 'b',
    request: { cpuCores: 1, memoryMiB: 4000 },
  }));

  it('an attempt that ran out of memory, whenever and with whatever code, lowers nothing', () => {
    fc.assert(
      fc.property(histories, killedLater, (history, { strategy, limitMiB, day, codeVersion }) => {
        const newest = history.at(-1);
        if (newest === undefined) return;
        // What is asked for must not change with the attempt added.
        const { peakMemoryMiB: _, ...unmeasured } = attempt({
          ...newest,
          run: 'newest',
          attempt: 0,
          startedAtMs: START_MS + 400 * DAY_MS,
          outcome: 'failed',
        });
        const version = codeVersion === undefined ? {} : { codeVersion };
        const startedAtMs = START_MS + day * DAY_MS;
        const policy = { ...POLICY, strategy };
        const before = decide([...history, unmeasured], policy);
        const after = decide(
          [...history, unmeasured, killed(limitMiB, { startedAtMs, ...version })],
          policy,
        );
        const { memoryMiB: currentMiB } = unmeasured.request;
        expect(memoryOf(after, currentMiB)).toBeGreaterThanOrEqual(memoryOf(before, currentMiB));
      }),
      {
        examples: [
          [
            daily([1, 2, 3, 4, 5], (index) => boundAboveNeed[index] ?? {}),
            { strategy: 'max-margin', limitMiB: 3334, day: -1, codeVersion: undefined },
          ],
        ],
      },
    );
  });
});

/** What the step asks for once the verdict is followed, MiB. */
function memoryOf(verdict: Verdict, currentMiB = 0): number {
  return verdict.kind === 'suggest' ? (verdict.suggested.memoryMiB ?? 0) : currentMiB;
}
