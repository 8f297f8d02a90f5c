import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES, type Prices } from '@stepfit/tuner/model/prices';
import type { Verdict } from '@stepfit/tuner/model/suggestion';
import { AWS_FARGATE } from '@stepfit/tuner/prices/size-grids';
import { decideStep } from '@stepfit/tuner/suggestion/decide-step';
import { describe, expect, it } from 'vitest';

import { attemptsWithPeaks, HOUR_MS } from '../support/attempts.ts';

type Suggested = Extract<Verdict, { kind: 'suggest' }>;

const POLICY = { ...DEFAULT_POLICY, strategy: 'max-margin' as const, riskRatio: 0.5 };
const FARGATE: Prices = { ...EXAMPLE_PRICES, name: 'Fargate, us-east-1', grid: AWS_FARGATE };

/** Ten runs of one hour that ask for 8 cores and 15.6 GiB and use 1 and 1000 MiB. */
const OVERSIZED = attemptsWithPeaks(Array<number>(10).fill(1000));

function suggest(history: readonly AttemptUsage[], prices: Prices): Suggested {
  const verdict = decideStep({ flow: 'F', step: 's', history, policy: POLICY, prices });
  if (verdict.kind !== 'suggest') throw new Error(`skipped: ${verdict.detail}`);
  return verdict;
}

describe('a step on a backend that bills each task by its size', () => {
  const asked = { cpuCores: 8, memoryMiB: 16_384 };
  const history = OVERSIZED.map((usage) => ({
    ...usage,
    request: asked,
    declared: asked,
    declaredDecorators: [{ name: 'resources', attributes: { cpu: 8, memory: 16_384 } }],
  }));
  const verdict = suggest(history, FARGATE);

  it('is suggested a valid size, for each attempt of the plan', () => {
    expect(verdict.suggested).toEqual({ cpuCores: 1, memoryMiB: 2048 });
    expect(verdict.decoratorLine).toBe('@resources(cpu=1, memory=2048)');
    expect(verdict.plan).toEqual({
      first: { cpuCores: 1, memoryMiB: 2048 },
      second: { cpuCores: 1, memoryMiB: 4096 },
      last: { cpuCores: 8, memoryMiB: 16_384 },
    });
    expect(verdict.reasons).toContain(
      '1 core with 2 GiB is the cheapest size of AWS Fargate that covers both.',
    );
  });

  it('replays the size that is suggested, not the one that was rounded', () => {
    const [suggested] = verdict.evidence.memoryReplay.filter((row) => row.label === 'suggested');
    expect(suggested?.memoryMiB).toBe(2048);
    const cores = verdict.evidence.cpuReplay.map((point) => point.cpuCores);
    expect(cores).toEqual([1, 2, 4, 8]);
  });

  it('saves money, and is told so', () => {
    // 8 × 0.04048 + 16 × 0.004445 = 0.39496 an hour; 0.04048 + 2 × 0.004445 = 0.04937
    expect(verdict.savings).toMatchObject({ billedUnit: 'task' });
    expect(verdict.savings.costUsdPerRun).toBeCloseTo(0.34559, 5);
    expect(verdict.reasons.at(-1)).toBe(
      'Saves $0.35 a run, 88 % of what the step costs, at example prices, not your bill.',
    );
  });
});

describe('a step on shared machines', () => {
  it('frees capacity, which is told apart from money saved', () => {
    const { savings, reasons } = suggest(OVERSIZED, { ...EXAMPLE_PRICES, isExample: false });
    expect(savings.billedUnit).toBe('node');
    expect(reasons.at(-1)).toContain('Frees capacity worth $0.35 a run');
    expect(reasons.at(-1)).toContain('machines are shared, so the bill falls once one can go');
  });

  it('is worth the share of the cheapest machine that it takes', () => {
    const shapes = [{ name: 'm', cpuCores: 16, memoryMiB: 65_536, hourUsd: 1.6 }];
    const { savings } = suggest(OVERSIZED, { ...EXAMPLE_PRICES, shapes });
    // 8 of 16 cores before; 1 of 16 after, more than 1152 of 65536 MiB
    expect(savings.costUsdPerRun).toBeCloseTo(0.7, 5);
    expect(savings.costShare).toBeCloseTo(0.875, 5);
  });
});

describe('joint cost', () => {
  it('charges memory and GPUs for as long as fewer cores stretch the run', () => {
    // A tenth of the time on 8 cores: 4 of them make it 10 % longer.
    const policy = { ...POLICY, cpuStretchRatio: 0.1 };
    const gpu = {
      seenCount: 1,
      usedCount: 1,
      peakUtilization: 0.9,
      meanUtilization: 0.5,
      peakMemoryMiB: 10_000,
    };
    const history = OVERSIZED.map((usage) => ({
      ...usage,
      gpu,
      request: { cpuCores: 8, memoryMiB: 1024, gpuCount: 1 },
      declaredDecorators: [{ name: 'resources', attributes: { cpu: 8, memory: 1024, gpu: 1 } }],
      cpuProfile: { cores: [1, 8], seconds: [3240, 360] },
    }));
    const cheapGpu = { ...EXAMPLE_PRICES, gpuHourUsd: 0.1 };
    const decided = decideStep({ flow: 'F', step: 's', history, policy, prices: cheapGpu });
    const dear = decideStep({ flow: 'F', step: 's', history, policy, prices: EXAMPLE_PRICES });

    expect(decided).toMatchObject({ kind: 'suggest', suggested: { cpuCores: 4 } });
    const { savings } = decided as Suggested;
    expect(savings.coreHoursPerRun).toBeCloseTo(8 - 4 * 1.1);
    expect(savings.gpuHoursPerRun).toBeCloseTo(-0.1);
    expect(savings.gibHoursPerRun).toBeCloseTo(-0.1);
    expect(savings.costUsdPerRun).toBeCloseTo(3.6 * 0.04048 - 0.1 * 0.1 - 0.1 * 0.004445, 6);
    // With a dear GPU the longer run costs more than the cores that it saves.
    expect(dear).toMatchObject({ kind: 'suggest', suggested: { cpuCores: 5 } });
  });
});

describe('what else is told with its money', () => {
  const gpu = {
    seenCount: 4,
    usedCount: 1,
    peakUtilization: 0.9,
    meanUtilization: 0.2,
    peakMemoryMiB: 9000,
    memoryLimitMiB: 40_536,
  };
  const request = { cpuCores: 8, memoryMiB: 16_000, gpuCount: 4 };
  const declaredDecorators = [
    { name: 'resources', attributes: { cpu: 8, memory: 16_000, gpu: 4 } },
  ];

  it('is GPUs that no attempt used, and a card that would do', () => {
    const history = OVERSIZED.map((usage) => ({ ...usage, gpu, request, declaredDecorators }));
    const verdict = suggest(history, EXAMPLE_PRICES);

    expect(verdict.suggested.gpuCount).toBe(1);
    expect(verdict.decoratorLine).toContain('gpu=1');
    expect(verdict.savings.gpuHoursPerRun).toBe(3);
    // three A100 at 3.00 an hour
    expect(verdict.savings.costUsdPerRun).toBeGreaterThan(9);
    expect(verdict.reasons).toContain(verdict.evidence.gpu?.verdict);
    expect(verdict.evidence.gpu?.smallerCard).toMatchObject({ model: 'NVIDIA T4' });
    expect(verdict.plan.last.gpuCount).toBe(4);
  });

  it('is what more cores would bring a step that is short of them', () => {
    const history = OVERSIZED.map((usage) => ({
      ...usage,
      qos: 'guaranteed',
      cpuProfile: { cores: [8], seconds: [3600] },
      cpuWanted: { cores: [16], seconds: [3600] },
      cpuSeconds: 28_800,
      cpuWaitSeconds: 28_800,
    }));
    const { evidence, suggested } = suggest(history, EXAMPLE_PRICES);

    expect(suggested.cpuCores).toBe(8);
    expect(evidence.notes.join('\n')).toContain('With 16 cores it would be 50 % shorter at best');
  });
});

describe('what a run saves', () => {
  it('is reckoned from the attempts that memory was sized by', () => {
    const older = attemptsWithPeaks(Array<number>(10).fill(9000)).map((usage) => ({
      ...usage,
      run: `old ${usage.run}`,
      codeVersion: 'before',
      durationMs: 10 * usage.durationMs,
      startedAtMs: usage.startedAtMs - 1000 * HOUR_MS,
      endedAtMs: usage.endedAtMs - 1000 * HOUR_MS,
    }));
    const newer = OVERSIZED.map((usage) => ({ ...usage, codeVersion: 'after' }));
    const alone = suggest(newer, EXAMPLE_PRICES);
    const both = suggest([...older, ...newer], EXAMPLE_PRICES);

    expect(both.suggested).toEqual(alone.suggested);
    expect(both.savings).toEqual(alone.savings);
  });
});
