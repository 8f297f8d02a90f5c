import {
  parseDurationMs,
  parseInstantMs,
  parseSizeMiB,
  SIZE_UNITS,
} from '@stepfit/tuner/traces/amounts';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('a size', () => {
  it.each([
    ['1048576', 1],
    ['0', 0],
    ['1 MB', 1],
    ['1.5 GB', 1536],
    ['1.5G', 1536],
    ['2048K', 2],
    ['12KiB', 12 / 1024],
    ['1 TB', 1_048_576],
    ['5e8', 5e8 / 1_048_576],
  ])('%s is %d MiB', (text, sizeMiB) => {
    expect(parseSizeMiB(text)).toBe(sizeMiB);
  });

  it('of a plain number is in the unit of its column', () => {
    expect(parseSizeMiB('512', SIZE_UNITS['MiB'])).toBe(512);
    expect(parseSizeMiB('512', SIZE_UNITS['KB'])).toBeCloseTo(0.48828, 5);
    expect(parseSizeMiB('1 GB', SIZE_UNITS['KB'])).toBe(1024);
  });

  it.each(['', '-', '-1', '1.2.3 GB', '12 QB', 'GB', '1,5 GB', 'NaN', 'Infinity', '0x10'])(
    '%j is none',
    (text) => {
      expect(parseSizeMiB(text)).toBeUndefined();
    },
  );

  it('is read back from what Nextflow writes', () => {
    const powers = fc.constantFrom(['B', 0], ['KB', 1], ['MB', 2], ['GB', 3]) as fc.Arbitrary<
      [string, number]
    >;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_240 }), powers, (tenths, [unit, power]) => {
        const amount = tenths / 10;

        expect(parseSizeMiB(`${amount} ${unit}`)).toBeCloseTo(amount * 1024 ** (power - 2), 9);
      }),
    );
  });
});

describe('a duration', () => {
  it.each([
    ['1500', 1500],
    ['1.5s', 1500],
    ['2m 3s', 123_000],
    ['1h 2m 3.5s', 3_723_500],
    ['1d 1ms', 86_400_001],
    ['90 min', 5_400_000],
    ['00:01:30', 90_000],
    ['1-02:00:00', 93_600_000],
  ])('%s is %d ms', (text, durationMs) => {
    expect(parseDurationMs(text)).toBe(durationMs);
  });

  it('of a plain number is in the unit of its column', () => {
    expect(parseDurationMs('90', 1000)).toBe(90_000);
  });

  it.each(['', '-', '-5', '5 parsecs', '1h and a bit', 'h'])('%j is none', (text) => {
    expect(parseDurationMs(text)).toBeUndefined();
  });

  it('is read back from what Nextflow writes', () => {
    const part = fc.integer({ min: 0, max: 59 });
    fc.assert(
      fc.property(part, part, part, (hours, minutes, seconds) => {
        expect(parseDurationMs(`${hours}h ${minutes}m ${seconds}s`)).toBe(
          ((hours * 60 + minutes) * 60 + seconds) * 1000,
        );
      }),
    );
  });
});

describe('an instant', () => {
  it.each([
    ['1674482503249', 1_674_482_503_249],
    ['2023-01-23 14:01:43.249', 1_674_482_503_249],
    ['2023-01-23T14:01:43.249Z', 1_674_482_503_249],
    ['2023-01-23T15:01:43.249+01:00', 1_674_482_503_249],
    ['2023-01-23 14:01', 1_674_482_460_000],
  ])('%s is %d ms since 1970', (text, instantMs) => {
    expect(parseInstantMs(text)).toBe(instantMs);
  });

  it('in seconds is one in seconds', () => {
    expect(parseInstantMs('1674482503', 1000)).toBe(1_674_482_503_000);
  });

  it.each(['', '-', 'yesterday', '2023-13-01 00:00', '23/01/2023'])('%j is none', (text) => {
    expect(parseInstantMs(text)).toBeUndefined();
  });

  it('is read back from ISO 8601', () => {
    fc.assert(
      fc.property(
        fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }),
        (date) => {
          expect(parseInstantMs(date.toISOString())).toBe(date.getTime());
        },
      ),
    );
  });
});
