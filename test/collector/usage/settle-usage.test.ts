import { settleUsage, type StoredSeries } from '@stepfit/collector/usage/settle-usage';
import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import { describe, expect, it } from 'vitest';

const TIMES_MS = [0, 10_000, 20_000];
const ENDED = { startedAtMs: 0, endedAtMs: 20_000 };

function counter(metric: string, series: string, values: readonly number[]): StoredSeries {
  return { metric, series, timesMs: TIMES_MS.slice(0, values.length), values };
}

/** One core in use throughout. */
const CPU_TIME = [
  counter(METRICS.cpuTime.name, 'user', [0, 9, 18]),
  counter(METRICS.cpuTime.name, 'system', [0, 1, 2]),
];

describe('cores wanted', () => {
  it('are those used and those waited for', () => {
    // In the second half as much was waited as run: two cores were wanted.
    const settled = settleUsage(ENDED, [
      ...CPU_TIME,
      counter(METRICS.cpuWait.name, '', [0, 0, 10]),
    ]);

    expect(settled.cpu).toMatchObject({ cores: [1], seconds: [20] });
    expect(settled.wanted).toMatchObject({ cores: [1, 2], seconds: [10, 10], cpuSeconds: 30 });
  });

  it('are not known where nobody measured the waiting', () => {
    expect(settleUsage(ENDED, CPU_TIME).wanted).toBeUndefined();
  });

  it('are not known where measuring it was given up before the end', () => {
    const settled = settleUsage(ENDED, [...CPU_TIME, counter(METRICS.cpuWait.name, '', [0, 3])]);

    expect(settled.wanted).toBeUndefined();
  });

  it('are those that its CPU limit held back, where that alone is known', () => {
    const throttled = counter(METRICS.cpuThrottled.name, '', [0, 0, 10]);
    const settled = settleUsage(ENDED, [...CPU_TIME, throttled]);

    expect(settled.wanted).toMatchObject({ cores: [1, 2], seconds: [10, 10], cpuSeconds: 30 });
    expect(settled).not.toHaveProperty('waitSeconds');
  });

  it('count what the limit held back once: it is part of the waiting', () => {
    const settled = settleUsage(ENDED, [
      ...CPU_TIME,
      counter(METRICS.cpuWait.name, '', [0, 0, 10]),
      counter(METRICS.cpuThrottled.name, '', [0, 0, 9]),
    ]);

    expect(settled).toMatchObject({ waitSeconds: 10, wanted: { cpuSeconds: 30 } });
  });

  it('are not known from a limit that never held anything back', () => {
    const throttled = counter(METRICS.cpuThrottled.name, '', [0, 0, 0]);
    expect(settleUsage(ENDED, [...CPU_TIME, throttled])).not.toHaveProperty('wanted');
  });

  it('are not taken for a GPU', () => {
    const settled = settleUsage(ENDED, [...CPU_TIME, counter(METRICS.cpuWait.name, '', [0, 0, 0])]);

    expect(settled.gpu).toBeUndefined();
  });
});
