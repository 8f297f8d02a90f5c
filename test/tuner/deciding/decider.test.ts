import { createDecider } from '@stepfit/tuner/deciding/decider';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { contentId } from '@stepfit/tuner/suggestion/content-id';
import { decideStep, type StepInput } from '@stepfit/tuner/suggestion/decide-step';
import { afterAll, describe, expect, test } from 'vitest';

import { attemptsWithPeaks } from '../support/attempts.ts';
import { draw, seededRandom } from '../support/random.ts';

const decider = createDecider();
afterAll(async () => decider.stop());

/** Steps without features, with one, and with several; and one that is only skipped. */
function inputs(): StepInput[] {
  const random = seededRandom(5);
  const shapes = [{ count: 3 }, { count: 40 }, { count: 60, names: ['a'] }];
  return [...shapes, { count: 60, names: ['a', 'b', 'c'] }].map(({ count, names = [] }, index) => ({
    flow: 'Train',
    step: `step${index}`,
    history: attemptsWithPeaks(draw(count, () => 500 + 500 * random())).map((usage) => ({
      ...usage,
      features: Object.fromEntries(names.map((name) => [name, 1 + random()])),
    })),
    policy: DEFAULT_POLICY,
    prices: EXAMPLE_PRICES,
  }));
}

describe('a decider', () => {
  test('says to the letter what is said in the caller’s own thread, whatever it is asked at once', async () => {
    const asked = inputs();
    const verdicts = await Promise.all(asked.map(async (input) => decider.decide(input)));
    expect(verdicts).toEqual(asked.map(decideStep));
    expect(verdicts.map(contentId)).toEqual(asked.map((input) => contentId(decideStep(input))));
    expect(new Set(verdicts.map(({ kind }) => kind))).toEqual(new Set(['suggest', 'skip']));
  });

  test('passes on what went wrong with one step, and goes on with the next', async () => {
    const [first] = inputs();
    if (first === undefined) throw new Error('There is no input.');
    const broken = { ...first, history: [{}] } as unknown as StepInput;
    await expect(decider.decide(broken)).rejects.toThrow(TypeError);
    await expect(decider.decide(first)).resolves.toEqual(decideStep(first));
  });

  test('that was stopped starts again when it is asked', async () => {
    const [first] = inputs();
    if (first === undefined) throw new Error('There is no input.');
    const pending = decider.decide(first);
    await decider.stop();
    await pending.catch(() => undefined);
    await expect(decider.decide(first)).resolves.toEqual(decideStep(first));
  });
});
