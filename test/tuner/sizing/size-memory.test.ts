import { DEFAULT_POLICY, type Policy } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { observeMemory } from '@stepfit/tuner/sizing/memory-observation';
import { type MemoryInput, sizeMemory } from '@stepfit/tuner/sizing/size-memory';
import { maxMargin } from '@stepfit/tuner/sizing/strategies/max-margin';
import { minWaste } from '@stepfit/tuner/sizing/strategies/min-waste';
import { describe, expect, it } from 'vitest';

import { killed, observations } from '../support/attempts.ts';

/** A bound that any few attempts prove: most of these tests are about the value, not about its proof. */
const LENIENT: Policy = { ...DEFAULT_POLICY, riskConfidence: 0.5, tailIndex: 1e6 };

function size(overrides: Partial<MemoryInput>): ReturnType<typeof sizeMemory> {
  return sizeMemory({
    observations: observations([1000, 1000, 1000]),
    currentMiB: 16_000,
    strategy: maxMargin,
    policy: LENIENT,
    grid: { floor: 128, cap: 1_048_576, step: 64 },
    prices: EXAMPLE_PRICES,
    ...overrides,
  });
}

describe('sizeMemory', () => {
  it('rounds the strategy’s wish up to the grid', () => {
    expect(size({})).toMatchObject({ isChanged: true, plan: { firstMiB: 1152 } });
  });

  it('says when the policy’s floor decides', () => {
    expect(size({ observations: observations([40]) })).toMatchObject({
      plan: { firstMiB: 128 },
      words: "the largest need of 1 attempt, 40 MiB, plus 15 %; no less than the policy's floor",
    });
  });

  it('raises a wish that the policy’s risk does not allow', () => {
    // min-waste asks for 100 and lets 1 of 4 fail; the policy accepts none of 4 at 1 %
    const past = observations([100, 100, 100, 1000]);
    expect(size({ observations: past, strategy: minWaste })).toMatchObject({
      plan: { firstMiB: 1024 },
      words: 'raised from 100 MiB so that at most 1 % of 4 attempts would have failed',
    });
    // at 40 % it may, and the retry is set to what the failed one needed
    const policy = { ...LENIENT, riskRatio: 0.4 };
    expect(size({ observations: past, strategy: minWaste, policy })).toMatchObject({
      plan: { firstMiB: 128, secondMiB: 1024, lastMiB: 16_000 },
    });
  });

  it('does not suggest a smaller value that retries make dearer', () => {
    // at 512 two of four fail and are repeated with 704: 4·512 + 2·704 = 3456 MiB-h against 4·704 = 2816
    const past = observations([500, 500, 690, 690]);
    const sized = size({
      observations: past,
      currentMiB: 704,
      strategy: {
        name: 'min-waste',
        start: () => ({ learn() {}, estimate: () => ({ firstMiB: 500, words: '' }) }),
      },
      policy: { ...LENIENT, riskRatio: 0.62 },
    });
    expect(sized).toMatchObject({ isChanged: false, plan: { firstMiB: 704 } });
    expect(sized.words).toBe('512 MiB would cost more than 704 MiB, retries included');
  });

  it('grows past the tolerance’s threshold only where more failed than the policy accepts', () => {
    const past = observations([...Array<number>(199).fill(900), 1001]);
    expect(size({ observations: past, currentMiB: 1000 }).isChanged).toBe(false);
    expect(size({ observations: observations([900, 1001]), currentMiB: 1000 })).toMatchObject({
      isChanged: true,
      words:
        '1 of 2 attempts used more than the 1000 MiB asked for, up to 1001 MiB, and 0 ran out of memory; ' +
        'this is the largest need of 2 attempts, 1001 MiB, plus 15 %',
    });
  });

  it('says how many ran out of memory', () => {
    const past = observeMemory([killed(1000)]);
    expect(size({ observations: past, currentMiB: 1000 }).words).toBe(
      '1 of 1 attempt ran out of memory with the 1000 MiB asked for; this is what an attempt ran out of ' +
        'memory with, plus 20 % and at least 100 MiB',
    );
  });
});
