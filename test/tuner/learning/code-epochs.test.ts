import { type CodeEpochs, divideByCode } from '@stepfit/tuner/learning/code-epochs';
import type { Measure } from '@stepfit/tuner/learning/measure';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { draw, seededNormal, seededRandom } from '../support/random.ts';

const OPTIONS = { minAttempts: 5, materialRatio: 0.1 };

function divide(history: readonly Measure[]): CodeEpochs<Measure> {
  return divideByCode(history, OPTIONS);
}

/** One run after the other, of these versions; the need is that of the version. */
function history(
  versions: readonly (string | undefined)[],
  need: (version: string | undefined, index: number) => number,
): Measure[] {
  return versions.map((version, index) => ({
    run: `r${String(index).padStart(4, '0')}`,
    startedAtMs: index,
    amount: need(version, index),
    isExact: true,
    ...(version === undefined ? {} : { codeVersion: version }),
  }));
}

/** `count` runs of each version in turn. */
function blocks(...counts: readonly (readonly [string, number])[]): string[] {
  return counts.flatMap(([version, count]) => Array<string>(count).fill(version));
}

/** About 1000, with this spread of the logarithm. */
function steady(seed: number, deviation: number): () => number {
  const normal = seededNormal(seed);
  return () => 1000 * Math.exp(deviation * normal());
}

describe('divideByCode', () => {
  it('counts everything where the code never changed, or nobody said which it was', () => {
    for (const versions of [blocks(['a', 12]), Array<undefined>(12).fill(undefined)]) {
      const epochs = divide(history(versions, steady(1, 0.1)));
      expect([epochs.relation, epochs.counted.length, epochs.older]).toEqual(['only', 12, []]);
    }
  });

  it('starts afresh with new code, while too little is known of it', () => {
    const epochs = divide(history(blocks(['a', 40], ['b', 2]), steady(2, 0.1)));
    expect(epochs).toMatchObject({ relation: 'untold', version: 'b', versionAttempts: 2 });
    expect([epochs.counted.length, epochs.older.length]).toEqual([2, 40]);
  });

  it('pools versions that need alike: after three runs of a steady step, later for a wide one', () => {
    const steadily = divide(history(blocks(['a', 40], ['b', 3]), steady(3, 0.02)));
    expect([steadily.relation, steadily.counted.length]).toEqual(['alike', 43]);
    const widely = steady(4, 0.5);
    expect(divide(history(blocks(['a', 200], ['b', 6]), widely)).relation).toBe('untold');
    expect(divide(history(blocks(['a', 200], ['b', 20]), widely)).relation).toBe('alike');
  });

  it('leaves out an older version whose need was another', () => {
    const need = steady(5, 0.1);
    const doubled = history(blocks(['a', 40], ['b', 6]), (version) =>
      version === 'b' ? 2 * need() : need(),
    );
    const epochs = divide(doubled);
    expect([epochs.relation, epochs.counted.length, epochs.older.length]).toEqual([
      'differs',
      6,
      40,
    ]);
  });

  it('calls new code different at most once in a hundred times where it is not', () => {
    const need = steady(6, 0.3);
    const relations = draw(1000, () => divide(history(blocks(['a', 40], ['b', 6]), need)).relation);
    expect(relations.filter((one) => one === 'differs').length).toBeLessThanOrEqual(15);
  });

  it('finds code that doubled the need of a step within five runs', () => {
    const need = steady(7, 0.2);
    const relations = draw(
      200,
      () =>
        divide(
          history(blocks(['a', 40], ['b', 5]), (version) => (version === 'b' ? 2 : 1) * need()),
        ).relation,
    );
    expect(relations.filter((one) => one === 'differs').length).toBeGreaterThan(190);
  });

  it('goes back to the attempts of a version that comes back for good', () => {
    const need = steady(8, 0.05);
    const runs = history(blocks(['a', 20], ['b', 10], ['a', 6]), (version) =>
      version === 'b' ? 3 * need() : need(),
    );
    const epochs = divide(runs);
    expect(epochs).toMatchObject({ relation: 'differs', version: 'a', versionAttempts: 26 });
    expect(epochs.counted).toHaveLength(26);
  });

  it('counts versions that take turns as one: each of them may be next', () => {
    const versions = draw(30, (index) => (index % 2 === 0 ? 'a' : 'b'));
    const epochs = divide(history(versions, (version) => (version === 'a' ? 1000 : 3000)));
    expect([epochs.relation, epochs.counted.length, epochs.versions]).toEqual(['only', 30, 2]);
  });

  it('is not misled by late tasks of a run that began before the code changed', () => {
    const runs = history(blocks(['a', 20], ['b', 2]), steady(11, 0.3));
    const late = { ...runs[19], startedAtMs: 100, amount: 1000, isExact: true, run: 'r0019' };
    const epochs = divide([...runs, { ...late, codeVersion: 'a' }]);
    expect(epochs).toMatchObject({ relation: 'untold', version: 'b', versionAttempts: 2 });
  });

  it('does not starve a step whose every run is another version', () => {
    const epochs = divide(
      history(
        draw(20, (index) => `v${index}`),
        steady(9, 0.2),
      ),
    );
    expect([epochs.relation, epochs.counted.length]).toEqual(['changing', 20]);
  });

  it('keeps to the newest of many versions where versions have moved the need before', () => {
    const random = seededRandom(10);
    const levels = draw(7, () => 1000 * 2 ** Math.floor(4 * random()));
    const versions = levels.flatMap((_, index) => Array<string>(6).fill(`v${index}`)).concat('new');
    const runs = history(versions, (_, index) => (levels[Math.floor(index / 6)] ?? 1000) + index);
    expect(divide(runs)).toMatchObject({ relation: 'untold', version: 'new' });
  });

  it('gives attempts without a version that of their run, or of the attempt before', () => {
    const runs = history(['a', undefined, 'a', undefined, 'b', undefined], () => 1000);
    const epochs = divide(runs);
    expect(epochs).toMatchObject({ version: 'b', versionAttempts: 2, versions: 2 });
    const sameRun = runs.map((one) => ({ ...one, run: 'one' }));
    expect(divide(sameRun).versions).toBe(2);
  });

  it('lets no attempt that did not end say which of the others count', () => {
    const runs = history(blocks(['a', 20], ['b', 6]), (version) => (version === 'a' ? 1000 : 3000));
    const returned = { run: 'late', startedAtMs: 99, amount: 100, isExact: false };
    for (const codeVersion of ['a', 'b', 'new']) {
      const { counted, relation } = divide([...runs, { ...returned, codeVersion }]);
      expect(relation).toBe('differs');
      expect(counted.filter(({ isExact }) => isExact)).toEqual(runs.slice(20));
      expect(counted.length).toBe(codeVersion === 'a' ? 6 : 7);
    }
    expect(divide([...runs, { ...returned, codeVersion: 'new' }]).untried).toHaveLength(1);
    expect(divide([...runs, { ...returned, codeVersion: 'b' }]).untried).toEqual([]);
  });

  it('depends on nothing but the attempts, whatever their order, and loses none', () => {
    const arbitrary = fc.array(
      fc.record({
        run: fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5', 'r6'),
        startedAtMs: fc.integer({ min: 0, max: 20 }),
        codeVersion: fc.constantFrom('a', 'b', 'c'),
        amount: fc.double({ min: 0, max: 1e6, noNaN: true }),
        isExact: fc.boolean(),
        key: fc.integer(),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(arbitrary, (attempts) => {
        const epochs = divideByCode(attempts, OPTIONS);
        expect(epochs.counted.length + epochs.older.length).toBe(attempts.length);
        const shuffled = divideByCode(
          attempts.toSorted((a, b) => a.key - b.key),
          OPTIONS,
        );
        expect(shuffled.relation).toBe(epochs.relation);
        expect(new Set(shuffled.counted)).toEqual(new Set(epochs.counted));
      }),
    );
  });
});
