import { toAdvice } from '@stepfit/sdk-plugin/run/ask-advice';
import { type Summary, summaryLine } from '@stepfit/sdk-plugin/run/summary';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const MIB = 2 ** 20;

function summary(changes: Partial<Summary> = {}): Summary {
  return {
    flow: 'nightly',
    step: 'train',
    totals: { peak: { bytes: 612 * MIB, source: 'vm-hwm' }, cpuS: 9 },
    durationMs: 10_000,
    request: {},
    ...changes,
  };
}

describe('the line at the end of stepfit run', () => {
  it('holds the peak and the cores against what was asked for', () => {
    expect(summaryLine(summary())).toBe(
      'stepfit: nightly/train  peak 612 MiB, 0.9 cores on average',
    );
    expect(summaryLine(summary({ request: { memoryMiB: 8192, cpuCores: 4 } }))).toBe(
      'stepfit: nightly/train  peak 612 MiB of 8 GiB (7 %), 0.9 of 4 cores on average',
    );
  });

  it('says what to type instead, or why there is nothing', () => {
    const suggested = { memoryMiB: 1024, cpuCores: 1 };
    expect(summaryLine(summary({ advice: { suggested } }))).toMatch(
      /; suggested: --cpu 1 --memory 1GiB$/,
    );
    expect(summaryLine(summary({ advice: { skip: 'too few attempts' } }))).toMatch(
      /; no suggestion: too few attempts$/,
    );
  });

  it('owns up to a peak that nothing told', () => {
    const totals = { peak: { bytes: 0, source: 'rss' }, cpuS: 0 } as const;
    expect(summaryLine(summary({ totals, durationMs: 0 }))).toBe(
      'stepfit: nightly/train  peak not measured, 0 cores on average',
    );
  });
});

describe('the server’s word on a step', () => {
  it('is the suggested request, or the reason why there is none', () => {
    const suggestedEffective = { memoryMiB: 1024, cpuCores: 1, gpuCount: 'none' };
    expect(toAdvice({ suggestion: { suggestedEffective } })).toEqual({
      suggested: { memoryMiB: 1024, cpuCores: 1 },
    });
    expect(toAdvice({ skip: { code: 'too-few-attempts' } })).toEqual({ skip: 'too few attempts' });
  });

  it('is nothing where something else answers', () => {
    for (const answer of [undefined, null, 7, '', [], {}, { suggestion: null }, { skip: {} }]) {
      expect(toAdvice(answer)).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.jsonValue(), (answer) => {
        expect(() => toAdvice(answer)).not.toThrow();
      }),
    );
  });
});
