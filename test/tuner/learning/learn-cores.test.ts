import { type CoresLearning, learnCores } from '@stepfit/tuner/learning/learn-cores';
import type { AttemptUsage } from '@stepfit/tuner/model/attempt-usage';
import { observeCpu } from '@stepfit/tuner/sizing/cpu-usage';
import { describe, expect, it } from 'vitest';

import { attemptsWithPeaks } from '../support/attempts.ts';
import { draw } from '../support/random.ts';

const OPTIONS = { minAttempts: 5, materialRatio: 0.1 };

/** One run after the other that keep so many cores busy. */
function runs(
  cores: readonly number[],
  overrides: (index: number) => Partial<AttemptUsage>,
): AttemptUsage[] {
  return attemptsWithPeaks(cores).map((usage, index) => ({
    ...usage,
    cpuProfile: { cores: [cores[index] ?? 0], seconds: [3600] },
    ...overrides(index),
  }));
}

function learn(history: readonly AttemptUsage[]): CoresLearning {
  return learnCores(observeCpu(history), history, OPTIONS);
}

describe('learnCores', () => {
  it('finds a step that starts as many threads as the machine has cores', () => {
    const hosts = draw(8, (index) => (index % 2 === 0 ? 4 : 16));
    const learnt = learn(
      runs(
        hosts.map((cores, index) => 0.5 * cores + 0.01 * index),
        (index) => ({ hostCpuCores: hosts[index] ?? 4 }),
      ),
    );
    expect(learnt.cores.kind).toBe('follows');
    expect(learnt.cores.low.used).toBeCloseTo(2, 0);
    expect(learnt.cores.high.used).toBeCloseTo(8, 0);
  });

  it('finds that a serial step stays serial on any machine', () => {
    const learnt = learn(
      runs(
        draw(8, () => 1),
        (index) => ({ hostCpuCores: index % 2 === 0 ? 4 : 16 }),
      ),
    );
    expect(learnt.cores.kind).toBe('independent');
  });

  it('leaves out code that used other cores, and only that', () => {
    const cores = draw(26, (index) => (index < 20 ? 1 : 6) + 0.01 * (index % 5));
    const changed = learn(runs(cores, (index) => ({ codeVersion: index < 20 ? 'a' : 'b' })));
    expect(changed.usages).toHaveLength(6);
    const alike = learn(
      runs(
        cores.map(() => 1),
        (index) => ({ codeVersion: index < 20 ? 'a' : 'b' }),
      ),
    );
    expect(alike.usages).toHaveLength(26);
    const untold = learn(
      runs(cores.slice(0, 21), (index) => ({ codeVersion: index < 20 ? 'a' : 'b' })),
    );
    expect([untold.epochs.relation, untold.usages.length]).toEqual(['untold', 21]);
  });
});
