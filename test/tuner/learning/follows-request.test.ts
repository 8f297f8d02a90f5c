import {
  relateToRequest,
  type RequestRelation,
  type UsedOfRequest,
} from '@stepfit/tuner/learning/follows-request';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { draw, seededNormal, seededRandom } from '../support/random.ts';

/** One run for each request; what it used is up to `use`. */
function attempts(
  requests: readonly number[],
  use: (requested: number, index: number) => number,
  features: (index: number) => UsedOfRequest['features'] = () => ({}),
): UsedOfRequest[] {
  return requests.map((requested, index) => ({
    run: `r${index}`,
    requested,
    used: use(requested, index),
    features: features(index),
  }));
}

function kindOf(all: readonly UsedOfRequest[]): RequestRelation['kind'] {
  return relateToRequest(all).kind;
}

/** `low` runs with 4000, `high` runs with 16000. */
function twoRequests(low: number, high: number): number[] {
  return [...Array<number>(low).fill(4000), ...Array<number>(high).fill(16_000)];
}

describe('relateToRequest', () => {
  it('finds a heap that takes a share of what it is given, from three runs on either side', () => {
    const normal = seededNormal(31);
    const relation = relateToRequest(
      attempts(twoRequests(3, 3), (requested) => 0.8 * requested * Math.exp(0.05 * normal())),
    );
    expect(relation.kind).toBe('follows');
    expect(relation.low.requested).toBeCloseTo(4000);
    expect(relation.high.used / relation.low.used).toBeCloseTo(4, 0);
  });

  it('finds it over many requests, each tried once', () => {
    const normal = seededNormal(32);
    const requests = draw(12, (index) => 1000 * 1.3 ** index);
    expect(kindOf(attempts(requests, (one) => 0.25 * one * Math.exp(0.1 * normal())))).toBe(
      'follows',
    );
  });

  it('finds nine in ten of such steps whose usage varies by a third', () => {
    const normal = seededNormal(33);
    const kinds = draw(300, () =>
      kindOf(attempts(twoRequests(5, 5), (one) => 0.6 * one * Math.exp(0.3 * normal()))),
    );
    expect(kinds.filter((kind) => kind === 'follows').length).toBeGreaterThan(270);
  });

  it('takes at most one in forty steps for one of them whose need is its own', () => {
    const normal = seededNormal(34);
    const random = seededRandom(34);
    const kinds = draw(1000, () =>
      kindOf(
        attempts(
          draw(10, () => (random() < 0.5 ? 4000 : 16_000)),
          () => 1000 * Math.exp(0.8 * normal()),
        ),
      ),
    );
    expect(kinds.filter((kind) => kind === 'follows').length).toBeLessThanOrEqual(25);
  });

  it('says that usage is independent where the request was changed and usage stayed', () => {
    const normal = seededNormal(35);
    expect(kindOf(attempts(twoRequests(6, 6), () => 1000 * Math.exp(0.05 * normal())))).toBe(
      'independent',
    );
  });

  it('cannot tell where everything was given the same, or nearly', () => {
    expect(kindOf(attempts(Array<number>(30).fill(4000), (one) => 0.95 * one))).toBe('untested');
    expect(
      kindOf(
        attempts(
          draw(30, (index) => 4000 + index),
          (one) => 0.95 * one,
        ),
      ),
    ).toBe('untested');
    expect(kindOf([])).toBe('untested');
  });

  it('does not conclude from two runs, however many tasks they have', () => {
    const tasks = draw(200, (index) => ({
      run: index < 100 ? 'before' : 'after',
      requested: index < 100 ? 4000 : 16_000,
      used: index < 100 ? 3600 : 14_400,
      features: {},
    }));
    expect(kindOf(tasks)).toBe('unclear');
  });

  it('is not fooled by a request that was made to follow the size of the input', () => {
    const random = seededRandom(36);
    const sizes = draw(40, () => 1 + 20 * random());
    const all = attempts(
      sizes.map((size) => 500 * size),
      (_, index) => 400 * (sizes[index] ?? 0) * (0.9 + 0.2 * random()),
    );
    expect(kindOf(all)).toBe('follows');
    const sized = all.map((one, index) => ({ ...one, features: { items: sizes[index] ?? 0 } }));
    expect(kindOf(sized)).toBe('unclear');
  });

  it('is not fooled by people who ask for more where they know that more is needed', () => {
    const normal = seededNormal(37);
    const modes = draw(24, (index) => (index % 3 === 0 ? 'full' : 'quick'));
    function known(label: (index: number) => string): UsedOfRequest[] {
      return attempts(
        modes.map((mode) => (mode === 'full' ? 64_000 : 8000)),
        (_, index) => (modes[index] === 'full' ? 40_000 : 3000) * Math.exp(0.1 * normal()),
        (index) => ({ mode: label(index) }),
      );
    }
    expect(kindOf(known((index) => modes[index] ?? ''))).toBe('unclear');
    // A label of its own for every run explains nothing.
    expect(kindOf(known((index) => `item ${index}`))).toBe('follows');
  });

  it('finds a heap under every label', () => {
    const normal = seededNormal(38);
    const requests = draw(24, (index) => (index % 2 === 0 ? 4000 : 16_000));
    const labelled = attempts(
      requests,
      (one) => 0.6 * one * Math.exp(0.1 * normal()),
      (index) => ({ mode: index % 3 === 0 ? 'full' : 'quick' }),
    );
    expect(kindOf(labelled)).toBe('follows');
  });

  it('does not depend on the order or on the unit, and is finite', () => {
    const arbitrary = fc.array(
      fc.record({
        run: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
        requested: fc.constantFrom(0, 512, 4096, 16_384),
        used: fc.double({ min: 1, max: 1e5, noNaN: true }),
        features: fc.record(
          { x: fc.integer(), mode: fc.constantFrom('a', 'b') },
          { requiredKeys: [] },
        ),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(arbitrary, (all) => {
        const relation = relateToRequest(all);
        expect(JSON.stringify(relation)).not.toContain('null');
        const scaled = all.map((one) => ({
          ...one,
          requested: one.requested * 1024,
          used: one.used * 1024,
        }));
        expect(kindOf(scaled.toReversed())).toBe(relation.kind);
      }),
    );
  });
});
