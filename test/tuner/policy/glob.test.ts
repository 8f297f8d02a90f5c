import { coversStep, matchesGlob } from '@stepfit/tuner/policy/glob';
import fc from 'fast-check';
import { expect, it } from 'vitest';

it.each([
  ['TrainFlow/train', 'TrainFlow/train', true],
  ['TrainFlow/*', 'TrainFlow/train', true],
  ['*/train', 'TrainFlow/train', true],
  ['*Flow/t*n', 'TrainFlow/train', true],
  ['TrainFlow/trai?', 'TrainFlow/train', true],
  ['**/*', 'TrainFlow/train', true],
  ['*', 'TrainFlow/train', false],
  ['TrainFlow?train', 'TrainFlow/train', false],
  ['TrainFlow/trai', 'TrainFlow/train', false],
  ['TrainFlow/train?', 'TrainFlow/train', false],
  ['train', 'TrainFlow/train', false],
  ['', '', true],
  ['*', '', true],
  ['F.*', 'FxA', false],
])('%s on %s: %s', (pattern, name, expected) => {
  expect(matchesGlob(pattern, name)).toBe(expected);
});

it('says what a regular expression says', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 8 });
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '?'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (glob, name) => {
      const source = glob.replaceAll('*', '[^/]*').replaceAll('?', '[^/]');
      expect(matchesGlob(glob, name)).toBe(new RegExp(`^${source}$`).test(name));
    }),
    { numRuns: 2000 },
  );
});

it('takes a pattern that would keep a regular expression busy for years', () => {
  expect(matchesGlob('*a'.repeat(200), 'a'.repeat(199))).toBe(false);
  expect(matchesGlob('*a'.repeat(200), 'a'.repeat(5000))).toBe(true);
});

it('covers all of a flow where no step is named', () => {
  expect(coversStep('Debug*', { flow: 'DebugFlow', step: 'start' })).toBe(true);
  expect(coversStep('Debug*', { flow: 'TrainFlow', step: 'Debug' })).toBe(false);
  expect(coversStep('*/start', { flow: 'DebugFlow', step: 'start' })).toBe(true);
});
