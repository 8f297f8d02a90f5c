import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { DEFAULT_POLICY, type Policy, STRATEGIES } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { SuggestionBody, type Verdict } from '@stepfit/tuner/model/suggestion';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import * as fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';

import { arbitraryHistory, attempt, attemptsWithPeaks, killed } from '../support/attempts.ts';

/** KRR's margin, and a bound that any few attempts prove: these tests are about what follows from a value. */
const LENIENT: Policy = {
  ...DEFAULT_POLICY,
  strategy: 'max-margin',
  riskConfidence: 0.5,
  tailIndex: 64,
};

function decide(history: readonly AttemptUsage[], policy: Partial<Policy> = {}): Verdict {
  return decideStep({
    flow: 'Train',
    step: 'fit',
    history,
    policy: { ...LENIENT, ...policy },
    prices: EXAMPLE_PRICES,
  });
}

function suggestion(verdict: Verdict): Extract<Verdict, { kind: 'suggest' }> {
  if (verdict.kind !== 'suggest') throw new Error(`${verdict.code}: ${verdict.detail}`);
  return verdict;
}

function detailOf(verdict: Verdict): string {
  return verdict.kind === 'skip' ? verdict.detail : '';
}

/** Ten runs that used about 1000 of 16000 MiB, and one of eight cores. */
const OVERSIZED = attemptsWithPeaks([900, 950, 1000, 980, 940, 960, 970, 990, 930, 920]);

describe('an oversized step', () => {
  const verdict = suggestion(decide(OVERSIZED));

  it('is asked to shrink to the largest need plus the margin, on the grid, and to the cores it uses', () => {
    // 1000 × 1.15 = 1150, rounded up to 64: 1152
    expect(verdict.suggested).toEqual({ cpuCores: 1, memoryMiB: 1152 });
    expect(verdict.effective).toEqual({ cpuCores: 8, memoryMiB: 16_000 });
    expect(verdict.suggestedEffective).toEqual({ cpuCores: 1, memoryMiB: 1152 });
    expect(verdict.decoratorLine).toBe('@resources(cpu=1, memory=1152)');
  });

  it('that a command is has options of stepfit run to paste, and no decorator', () => {
    const commands = OVERSIZED.map((usage): AttemptUsage => ({
      ...usage,
      backend: 'command',
      declaredDecorators: [],
    }));
    const { decoratorLine, decoratorNote, suggestedEffective } = suggestion(decide(commands));
    expect(decoratorLine).toBe('--cpu 1 --memory 1152MiB');
    expect(decoratorNote).toContain('`stepfit run`');
    expect(suggestedEffective).toEqual({ cpuCores: 1, memoryMiB: 1152 });
  });

  it('keeps a net under the first attempt, down to what was declared', () => {
    expect(verdict.plan).toEqual({
      first: { cpuCores: 1, memoryMiB: 1152 },
      // nothing larger has been seen, and next to nothing is supposed to lie far beyond: 2^(1/4) × 1152
      second: { cpuCores: 1, memoryMiB: 1408 },
      last: { cpuCores: 8, memoryMiB: 16_000 },
    });
  });

  it('gives its reasons in sentences with numbers', () => {
    expect(verdict.reasons).toEqual([
      'Memory 1.13 GiB instead of 15.6 GiB: the largest need of 10 attempts, 1000 MiB, plus 15 %.',
      'Had it been in force, 0 of 10 attempts would have run out of memory at first; with the current value, 0.',
      '1 core instead of 8: it ran as a serial step, hardly ever with more than one core busy: ' +
        '1 core would not have slowed 10 attempts, the cheapest count within the 5 % that the policy allows.',
      'Frees capacity worth $0.35 a run, 88 % of what the step costs, at example prices, not your bill; ' +
        'machines are shared, so the bill falls once one can go.',
    ]);
  });

  it('says what it frees in a run', () => {
    // an hour a run: (16000 − 1152) / 1024 = 14.5 GiB-h, 7 core-h
    expect(verdict.savings.gibHoursPerRun).toBeCloseTo(14.5);
    expect(verdict.savings.coreHoursPerRun).toBeCloseTo(7);
    // 14.5 × 0.004445 + 7 × 0.04048 of 15.625 × 0.004445 + 8 × 0.04048
    expect(verdict.savings.costUsdPerRun).toBeCloseTo(0.347_8, 4);
    expect(verdict.savings.costShare).toBeCloseTo(0.3478 / 0.3933, 3);
  });

  it('replays the current and the suggested value, neighbours and every strategy', () => {
    const rows = verdict.evidence.memoryReplay;
    expect(rows.slice(0, 2).map((row) => [row.label, row.memoryMiB, row.failures])).toEqual([
      ['current', 16_000, 0],
      ['suggested', 1152, 0],
    ]);
    expect(rows.filter((row) => row.label === 'neighbour').length).toBeGreaterThanOrEqual(4);
    expect(rows.filter((row) => row.kind === 'strategy').map((row) => row.label)).toEqual([
      ...STRATEGIES,
    ]);
  });

  it('warns of attempts that all belong to one run', () => {
    const warning = expect.stringContaining('All attempts belong to one run') as unknown;
    const oneRun = OVERSIZED.map((usage, index) => ({ ...usage, run: '1', task: String(index) }));
    expect(suggestion(decide(oneRun)).evidence.notes).toContainEqual(warning);
    expect(verdict.evidence.notes).not.toContainEqual(warning);
  });

  it('satisfies the schema that the store and the API use', () => {
    const { kind: _kind, strategy: _strategy, ...body } = verdict;
    expect(Value.Check(SuggestionBody, body)).toBe(true);
  });
});

describe('a step that should be left alone', () => {
  it.each([
    ['no history', [], 'too-few-attempts', 'No finished attempts yet.'],
    [
      'too little of it',
      OVERSIZED.slice(0, 4),
      'too-few-attempts',
      '4 successful attempts with measured usage; the policy asks for 5.',
    ],
    [
      'nothing but failures lately',
      [
        ...OVERSIZED,
        ...attemptsWithPeaks(Array<number>(5).fill(10), {
          outcome: 'failed',
          startedAtMs: Date.UTC(2027, 0),
        }),
      ],
      'attempts-failing',
      'None of the newest 5 attempts succeeded.',
    ],
    [
      'no request to change',
      OVERSIZED.map((usage) => ({
        ...usage,
        backend: 'local',
        declared: {},
        request: {},
        declaredDecorators: [],
      })),
      'nothing-requested',
      'The step declares no cpu, memory or gpu, and local adds no default.',
    ],
  ])('has %s', (_, history, code, detail) => {
    expect(decide(history)).toEqual({ kind: 'skip', code, detail });
  });

  it('is excluded by a policy', () => {
    expect(decide(OVERSIZED, { excluded: true })).toMatchObject({ code: 'excluded' });
  });

  it('is sized right: there is headroom, but no more than the tolerance', () => {
    const verdict = decide(
      OVERSIZED.map((usage) => ({ ...usage, request: { cpuCores: 1, memoryMiB: 1200 } })),
    );
    expect(verdict).toEqual({
      kind: 'skip',
      code: 'within-tolerance',
      detail:
        'Memory: 1.13 GiB would do, within 10 % of 1.17 GiB. Cores: it ran as a serial step, hardly ever ' +
        'with more than one core busy: 1 core would not have slowed 10 attempts.',
    });
  });

  it('is sized tightly, yet has never run out: a margin alone is no reason to ask for more', () => {
    const verdict = decide(
      OVERSIZED.map((usage) => ({ ...usage, request: { cpuCores: 1, memoryMiB: 1010 } })),
    );
    expect(verdict).toHaveProperty('code', 'within-tolerance');
    expect(detailOf(verdict)).toContain(
      '10 attempts used up to 1000 MiB of 1010 MiB (99 %), and it was enough',
    );
  });

  it('used all the cores of a small machine: more than it had may be needed', () => {
    const verdict = decide(
      OVERSIZED.map((usage) => ({
        ...usage,
        request: { cpuCores: 8, memoryMiB: 1200 },
        cpuProfile: { cores: [2], seconds: [3600] },
        hostCpuCores: 2,
      })),
    );
    expect(verdict).toHaveProperty('code', 'saturated');
    expect(detailOf(verdict)).toContain('so with 8 cores it might be higher');
  });
});

describe('resources are judged apart', () => {
  it('changes the cores alone where memory is right', () => {
    const verdict = suggestion(
      decide(
        OVERSIZED.map((usage) => ({
          ...usage,
          request: { cpuCores: 8, memoryMiB: 1200 },
          declaredDecorators: [{ name: 'resources', attributes: { cpu: 8, memory: 1200 } }],
        })),
      ),
    );
    expect(verdict.suggested).toEqual({ cpuCores: 1, memoryMiB: 1200 });
    expect(verdict.decoratorLine).toBe('@resources(cpu=1, memory=1200)');
    expect(verdict.savings.gibHoursPerRun).toBe(0);
    expect(verdict.evidence.notes[0]).toBe(
      'Memory stays: 1.13 GiB would do, within 10 % of 1.17 GiB.',
    );
  });

  it('changes memory alone where no CPU was measured, and says so', () => {
    const unmeasured = OVERSIZED.map(({ cpuProfile: _profile, ...usage }) => usage);
    const verdict = suggestion(decide(unmeasured));
    expect(verdict.suggested).toEqual({ cpuCores: 8, memoryMiB: 1152 });
    expect(verdict.evidence.notes).toContain(
      'Cores are not judged: 0 successful attempts with a CPU profile.',
    );
  });

  it('gives up GPUs that were never used', () => {
    const gpu = {
      seenCount: 1,
      peakUtilization: 0,
      meanUtilization: 0,
      peakMemoryMiB: 2,
      memoryLimitMiB: 16_384,
    };
    const verdict = suggestion(
      decide(
        OVERSIZED.map((usage) => ({
          ...usage,
          gpu,
          request: { cpuCores: 1, memoryMiB: 1200, gpuCount: 1 },
          declaredDecorators: [{ name: 'resources', attributes: { cpu: 1, memory: 1200, gpu: 1 } }],
        })),
      ),
    );
    expect(verdict.decoratorLine).toBe('@resources(cpu=1, memory=1200, gpu=0)');
    expect(verdict.savings.gpuHoursPerRun).toBe(1);
    expect(verdict.plan.last.gpuCount).toBe(1);
  });
});

describe('a step that asks for too little', () => {
  it('is asked to grow at once after running out of memory, however few the attempts', () => {
    const verdict = suggestion(decide([killed(16_000)]));
    // need above 16000: 16000 × 1.2 = 19200
    expect(verdict.suggested.memoryMiB).toBe(19_200);
    expect(verdict.reasons[0]).toBe(
      'Memory 18.8 GiB instead of 15.6 GiB: 1 of 1 attempt ran out of memory with the 15.6 GiB asked for; ' +
        'this is what an attempt ran out of memory with, plus 20 % and at least 100 MiB.',
    );
    expect(verdict.evidence.memoryBound).toMatchObject({ failures: 1, attempts: 1, upperBound: 1 });
    // an hour of 18.75 GiB against two, the first at 15.625 GiB: more is asked, less is paid
    expect(verdict.savings.gibHoursPerRun).toBeCloseTo(15.625);
  });

  it('is asked to grow where nothing enforces its request and it uses more', () => {
    const onKubernetes = attemptsWithPeaks([5000, 5200, 5100, 5050, 5150], {
      backend: 'kubernetes',
      declared: {},
      request: { cpuCores: 1, memoryMiB: 3906.25 },
      declaredDecorators: [],
    });
    const verdict = suggestion(decide(onKubernetes));
    // 5200 × 1.15 = 5980, on the grid 6016 MiB = 6308.2 MB
    expect(verdict.suggested.memoryMiB).toBe(6016);
    expect(verdict.decoratorLine).toBe('@resources(memory=6309)');
  });

  it('counts a killed attempt and its retry once', () => {
    const [first, ...others] = OVERSIZED;
    const retried = [
      killed(1000, { run: 'r', request: { memoryMiB: 1000, cpuCores: 1 } }),
      attempt({
        run: 'r',
        attempt: 1,
        peakMemoryMiB: 1300,
        request: { memoryMiB: 2000, cpuCores: 1 },
      }),
    ];
    const verdict = suggestion(
      decide([...(first === undefined ? [] : [first]), ...others, ...retried]),
    );
    expect(verdict.evidence.memoryBound?.attempts).toBe(11);
    // 1300 × 1.15 = 1495
    expect(verdict.suggested.memoryMiB).toBe(1536);
  });

  it('is not asked to shrink for attempts that did not run to their end', () => {
    const killedEarly = Array.from({ length: 9 }, (_, index) => killed(100, { run: `k${index}` }));
    const { cpuProfile: _profile, ...succeeded } = attempt({ peakMemoryMiB: 90 });
    expect(decide([...killedEarly, succeeded])).toMatchObject({ code: 'too-few-attempts' });
  });

  it('is not capped below its need: the policy is named instead', () => {
    const verdict = decide(OVERSIZED, { memoryCapMiB: 512, cpuStretchRatio: 0, cpuFloorCores: 8 });
    expect(verdict).toHaveProperty('code', 'capped');
    expect(detailOf(verdict)).toContain(
      "the policy's cap of 512 MiB is below the need of 1000 MiB",
    );
  });
});

describe('Kubernetes', () => {
  it('gets a line that has an effect below its defaults', () => {
    const verdict = suggestion(
      decide(
        OVERSIZED.map((usage) => ({
          ...usage,
          backend: 'kubernetes',
          request: { cpuCores: 8, memoryMiB: (16_000 * 1e6) / 2 ** 20 },
        })),
      ),
    );
    // 1152 MiB = 1207.96 MB
    expect(verdict.decoratorLine).toBe('@kubernetes(cpu=1, memory=1208)');
    expect(verdict.suggestedEffective.memoryMiB).toBeCloseTo(1152.04, 2);
    expect(verdict.decoratorNote).toContain('Remove @resources from the step');
  });

  it('decides by remote attempts when somebody has also tried the flow locally', () => {
    const remote = OVERSIZED.map((usage) => ({ ...usage, backend: 'kubernetes' }));
    const local = attempt({
      backend: 'local',
      startedAtMs: Date.UTC(2027, 0),
      request: { cpuCores: 1 },
    });
    const verdict = suggestion(decide([...remote, local]));
    expect(verdict.backend).toBe('kubernetes');
    expect(verdict.evidence.notes).toContain('1 attempt ran on another backend than kubernetes.');
  });
});

describe('strategies under a risk budget', () => {
  it.each(STRATEGIES)(
    '%s never suggests what the policy says would have failed too often',
    (strategy) => {
      fc.assert(
        fc.property(
          arbitraryHistory,
          fc.double({ min: 0.01, max: 0.3, noNaN: true }),
          (history, riskRatio) => {
            const verdict = decide(history, { strategy, riskRatio });
            if (verdict.kind === 'skip') return;
            const suggested = verdict.evidence.memoryReplay.find(
              (row) => row.label === 'suggested',
            );
            expect((suggested?.failures ?? 0) / (suggested?.attempts ?? 1)).toBeLessThanOrEqual(
              riskRatio,
            );
          },
        ),
      );
    },
  );
});

describe('any verdict', () => {
  it('depends neither on the order of the history nor on anything but its input', () => {
    fc.assert(
      fc.property(arbitraryHistory, fc.func(fc.integer()), (history, shuffleKey) => {
        const shuffled = history.toSorted((a, b) => shuffleKey(a.task) - shuffleKey(b.task));
        expect(decide(shuffled)).toEqual(decide(history));
      }),
    );
  });

  it('is on the grid, within floor and cap, finite, and valid for any finite history', () => {
    const policies = fc.record({
      // Far enough below the cap for the coarsest grid to have a point between them.
      memoryFloorMiB: fc.integer({ min: 0, max: 2048 }),
      memoryCapMiB: fc.integer({ min: 4096, max: 1_000_000 }),
      memoryStepMiB: fc.constantFrom(1, 64, 250, 1024),
      strategy: fc.constantFrom(...STRATEGIES),
    });
    fc.assert(
      fc.property(arbitraryHistory, policies, (history, policy) => {
        const verdict = decide(history, policy);
        if (verdict.kind === 'skip') return;
        const { kind: _kind, strategy: _strategy, ...body } = verdict;
        expect([...Value.Errors(SuggestionBody, body)]).toEqual([]);
        expect(JSON.stringify(body)).not.toContain('null');
        const { memoryMiB = 0 } = verdict.suggested;
        const isOnGrid =
          memoryMiB % policy.memoryStepMiB === 0 &&
          memoryMiB >= policy.memoryFloorMiB &&
          memoryMiB <= policy.memoryCapMiB;
        expect(isOnGrid || memoryMiB === verdict.effective.memoryMiB).toBe(true);
        expect(verdict.plan.last.memoryMiB).toBeGreaterThanOrEqual(
          verdict.effective.memoryMiB ?? 0,
        );
      }),
    );
  });

  it('never asks for less memory because an attempt ran out of it', () => {
    fc.assert(
      fc.property(arbitraryHistory, fc.integer({ min: 1, max: 100_000 }), (history, limitMiB) => {
        const before = decide(history);
        const after = decide([...history, killed(limitMiB, { startedAtMs: 0 })]);
        if (before.kind === 'skip' || after.kind === 'skip') return;
        expect(after.suggested.memoryMiB).toBeGreaterThanOrEqual(before.suggested.memoryMiB ?? 0);
      }),
    );
  });
});
