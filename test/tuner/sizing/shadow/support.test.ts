import {
  fitLine,
  FORMS,
  predictLine,
  type RelatedForm,
  relatedSupports,
  type Sample,
  type Support,
} from '@stepfit/tuner/sizing/shadow/support';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const RELATED = FORMS.filter((form) => form !== 'constant' && form !== 'same');

function findSupport(form: RelatedForm, sample: Sample, input: number): Support | undefined {
  const [found] = relatedSupports([form], sample, input);
  return found?.support;
}

const arbitrarySample = fc.array(
  fc.record({
    need: fc.oneof(fc.constant(1), fc.double({ min: 1e-3, max: 1e12, noNaN: true })),
    input: fc.oneof(fc.constant(1), fc.double({ min: 1e-3, max: 1e15, noNaN: true })),
  }),
  { maxLength: 60 },
);

function toSample(entries: readonly { need: number; input: number }[]) {
  return {
    needs: Float64Array.from(entries, ({ need }) => need),
    inputs: Float64Array.from(entries, ({ input }) => input),
  };
}

describe.each(RELATED)('%s', (form) => {
  it('holds finite needs above zero plausible, whatever finite it is given', () => {
    fc.assert(
      fc.property(
        arbitrarySample,
        fc.double({ min: 1e-6, max: 1e18, noNaN: true }),
        (entries, input) => {
          const support = findSupport(form, toSample(entries), input);
          if (support === undefined) return;
          expect(support.points).toHaveLength(entries.length);
          expect(support.points.every((point) => point > 0 && Number.isFinite(point))).toBe(true);
          expect(support.weights.every((weight) => weight >= 0 && Number.isFinite(weight))).toBe(
            true,
          );
          expect(support.weights.some((weight) => weight > 0)).toBe(true);
        },
      ),
    );
  });

  it('says nothing about inputs that do not differ, or that are too few', () => {
    const flat = toSample(Array.from({ length: 10 }, (_, i) => ({ need: 1 + i, input: 5 })));
    expect(findSupport(form, flat, 5)).toBeUndefined();
    const few = toSample([1, 2, 3].map((i) => ({ need: i, input: i })));
    expect(findSupport(form, few, 2)).toBeUndefined();
  });
});

describe('relations', () => {
  const straight = toSample(
    Array.from({ length: 30 }, (_, i) => ({ need: 410 + 2 * (i + 1), input: i + 1 })),
  );

  it('linear: finds a straight line exactly, beyond what was seen too', () => {
    const support = findSupport('linear', straight, 100);
    support?.points.forEach((point) => expect(point).toBeCloseTo(610));
    const line = fitLine(straight.inputs, straight.needs);
    expect(predictLine(line, 0)).toBeCloseTo(410);
  });

  it('log-linear: finds a power law exactly', () => {
    const power = toSample(
      Array.from({ length: 30 }, (_, i) => ({ need: 3 * (i + 1) ** 0.5, input: i + 1 })),
    );
    findSupport('log-linear', power, 64)?.points.forEach((point) => expect(point).toBeCloseTo(24));
  });

  it('local: weighs the attempts nearest in ratio most', () => {
    const support = findSupport('local', straight, 10);
    expect(support?.points).toEqual(straight.needs);
    const heaviest = support?.weights.indexOf(Math.max(...(support?.weights ?? [])));
    expect(straight.inputs[heaviest ?? -1]).toBe(10);
  });

  it('interpolated: follows a curve that no line has', () => {
    const bend = toSample(
      Array.from({ length: 40 }, (_, i) => ({ need: i < 20 ? 100 : 900, input: i + 1 })),
    );
    const low = findSupport('interpolated', bend, 5)?.points ?? [];
    const high = findSupport('interpolated', bend, 35)?.points ?? [];
    expect(Math.min(...high)).toBeGreaterThan(Math.min(...low) * 2);
  });
});
