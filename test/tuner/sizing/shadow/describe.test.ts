import type { FinishedAttempt } from '@stepfit/tuner/sizing/shadow/askable';
import { describeOpinion } from '@stepfit/tuner/sizing/shadow/describe';
import { DEFAULT_SHADOW_OPTIONS } from '@stepfit/tuner/sizing/shadow/options';
import { createStepSizer } from '@stepfit/tuner/sizing/shadow/step-sizer';
import { describe as suite, expect, it } from 'vitest';

/** What the shadow of that name says of an attempt with `features` after these. */
function formulaOf(
  name: string,
  attempts: readonly FinishedAttempt[],
  features: FinishedAttempt['features'],
): string {
  const sizer = createStepSizer(DEFAULT_SHADOW_OPTIONS);
  for (const attempt of attempts) sizer.learn(attempt, sizer.consult(attempt.features));
  const opinion = sizer.consult(features).opinions.find(({ shadow }) => shadow.name === name);
  if (opinion === undefined) throw new Error(`no ${name}`);
  return describeOpinion(opinion, attempts, features);
}

const LINE = Array.from({ length: 40 }, (_, i) => ({
  need: 410 + 2.1 * (i + 1) + (i % 2),
  hours: 1,
  features: { items: i + 1, mode: i % 4 === 0 ? 'full' : 'quick' },
}));

suite('describeOpinion', () => {
  it('writes the formula that a reader can check', () => {
    const features = { items: 30, mode: 'full' };
    expect(formulaOf('linear items', LINE, features)).toMatch(
      /^410 MiB \+ 2\.1 MiB × items, \+ \d(\.\d)? %$/,
    );
    expect(formulaOf('constant', LINE, features)).toMatch(/^largest need of 40, 495 MiB, \+ /);
    expect(formulaOf('same mode', LINE, features)).toMatch(
      /^largest need of 10 with mode = full, 488 MiB, \+ /,
    );
    expect(formulaOf('local items', LINE, features)).toMatch(
      /^needs of the attempts with items near 30: \d+ MiB$/,
    );
  });

  it('keeps digits where a feature is counted in bytes', () => {
    const bytes = LINE.map((attempt, i) => ({ ...attempt, features: { bytes: (i + 1) * 1e9 } }));
    expect(formulaOf('linear bytes', bytes, { bytes: 3e10 })).toMatch(
      /^410 MiB \+ 2\.1e-9 MiB × bytes, /,
    );
    expect(formulaOf('log-linear bytes', bytes, { bytes: 3e10 })).toMatch(/MiB × bytes\^0\.\d+, /);
  });
});
