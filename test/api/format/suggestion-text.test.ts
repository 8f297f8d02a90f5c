import { PLAIN_STYLE } from '@stepfit/api/format/style';
import { renderNotes, renderVerdict } from '@stepfit/api/format/suggestion-text';
import { describeSavings } from '@stepfit/api/format/words';
import { describe, expect, it } from 'vitest';

import { evidence, suggestion } from '../support/samples.ts';

const options = { width: 100, style: PLAIN_STYLE };

describe('a verdict in a terminal', () => {
  it('gives change, proof, money and the line to paste', async () => {
    const text = renderVerdict(
      { flow: 'TrainFlow', step: 'train', suggestion: suggestion() },
      options,
    );

    await expect(text).toMatchFileSnapshot('../../golden/suggestion-shrink.txt');
  });

  it('tells growth as growth', async () => {
    const grown = suggestion({
      effective: { cpuCores: 1, memoryMiB: 1024 },
      suggestedEffective: { memoryMiB: 1792 },
      decoratorLine: '@resources(memory=1792)',
      decoratorNote: undefined,
      savings: {
        gibHoursPerRun: -0.38,
        coreHoursPerRun: 0,
        gpuHoursPerRun: 0,
        costUsdPerRun: -0.0017,
        costShare: -0.3,
        billedUnit: 'node',
      },
      evidence: evidence({
        memoryReplay: evidence().memoryReplay.map((row) =>
          row.label === 'current' ? { ...row, memoryMiB: 1024, failures: 7 } : row,
        ),
      }),
    });
    const text = renderVerdict({ flow: 'TrainFlow', step: 'train', suggestion: grown }, options);

    await expect(text).toMatchFileSnapshot('../../golden/suggestion-grow.txt');
  });

  it('says how it is tried, what speaks against it, and why it waits', async () => {
    const tried = suggestion({
      state: 'accepted',
      stale: { since: '2026-11-23T02:00:00.000Z', reason: 'By now 40 attempts suggest 2 GiB.' },
      rollout: {
        phase: 'canary',
        startedAt: '2026-11-22T02:00:00.000Z',
        phaseAt: '2026-11-22T02:00:00.000Z',
        share: 0.2,
        plan: suggestion().plan,
        previous: { cpuCores: 8, memoryMiB: 16_384 },
        codeVersions: [],
      },
    });
    const skip = { code: 'cooling-down', detail: 'Cooling down after the last change.' };
    const text = renderVerdict(
      { flow: 'TrainFlow', step: 'train', suggestion: tried, skip },
      options,
    );

    await expect(text).toMatchFileSnapshot('../../golden/suggestion-tried.txt');
  });

  it('gives the reason where nothing should change', async () => {
    const skip = {
      code: 'too-few-attempts',
      detail: '3 finished attempts; the policy asks for 5.',
    };
    const text = renderVerdict({ flow: 'TrainFlow', step: 'train', skip }, options);

    await expect(text).toMatchFileSnapshot('../../golden/suggestion-skip.txt');
  });

  it('says so when the tuner has not looked yet', () => {
    expect(renderVerdict({ flow: 'F', step: 's' }, options)).toContain('No verdict yet');
  });

  it('shows a note once, however many steps it is for', () => {
    const verdicts = ['a', 'b'].map((step) => ({ flow: 'F', step, suggestion: suggestion() }));

    expect(renderNotes(verdicts, options)).toEqual([
      'Note: Kubernetes takes the larger of @resources and @kubernetes, so both must shrink.',
      'Note: Tasks share machines by these prices: what is freed leaves the bill once a machine can go.',
    ]);
  });

  it('calls money saved only where each task is billed by itself', () => {
    const { savings } = suggestion();
    const shared = describeSavings(savings);
    const billed = describeSavings({ ...savings, billedUnit: 'task' });

    expect(shared).toBe(
      'frees 7.12 GiB-h and 3.49 core-h a run, worth $0.17 a run, 88 % of its cost',
    );
    expect(billed).toBe(
      'saves 88 % of its cost, $0.17 a run; frees 7.12 GiB-h and 3.49 core-h a run',
    );
    expect(describeSavings({ ...savings, billedUnit: 'task', costUsdPerRun: -1 })).toContain(
      'costs $1.00 a run more',
    );
  });

  it('never breaks the line to paste', () => {
    const decoratorLine =
      '@kubernetes(cpu=1, memory=1880, disk=10240, gpu=1, image="registry/image:1.0")';
    const verdict = { flow: 'F', step: 's', suggestion: suggestion({ decoratorLine }) };

    expect(renderVerdict(verdict, { ...options, width: 60 })).toContain(decoratorLine);
  });
});
