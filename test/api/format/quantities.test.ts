import {
  columnFormatter,
  formatAmount,
  formatBound,
  formatCount,
  formatDuration,
  formatMemory,
  formatMoney,
  formatMoneyPerRun,
  formatShare,
} from '@stepfit/api/format/quantities';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('quantities for people', () => {
  it.each([
    [0, '0'],
    [0.001234, '0.00123'],
    [15.64, '15.6'],
    [1240, '1,240'],
    [123_456, '123,456'],
    [-2.5, '−2.5'],
  ])('amount %d is %s', (value, text) => {
    expect(formatAmount(value)).toBe(text);
  });

  it.each([
    [undefined, '–'],
    [0, '0 MiB'],
    [127.6, '128 MiB'],
    [1023.4, '1023 MiB'],
    [1023.7, '1 GiB'],
    [15_259, '14.9 GiB'],
  ])('memory of %d MiB is %s', (memoryMiB, text) => {
    expect(formatMemory(memoryMiB)).toBe(text);
  });

  it.each([
    [0, '$0'],
    [0.00042, '$0.00042'],
    [0.5, '$0.50'],
    [12.345, '$12.35'],
    [1234.5, '$1,235'],
    [-3, '−$3.00'],
  ])('%d dollars are %s', (costUsd, text) => {
    expect(formatMoney(costUsd)).toBe(text);
  });

  it('tells money below a cent a run by the thousand', () => {
    expect(formatMoneyPerRun(0.0042)).toBe('$4.20 per 1,000 runs');
    expect(formatMoneyPerRun(0.5)).toBe('$0.50 a run');
  });

  it.each([
    [0, '0 %'],
    [0.0004, '< 0.1 %'],
    [0.003, '0.3 %'],
    [0.1134, '11 %'],
    [1, '100 %'],
    [-0.3, '−30 %'],
  ])('share %d is %s', (ratio, text) => {
    expect(formatShare(ratio)).toBe(text);
  });

  it.each([
    [12, '12 ms'],
    [1500, '1.5 s'],
    [250_000, '4 min 10 s'],
    [3_599_999, '1 h'],
    [12_000_000, '3 h 20 min'],
    [100_000_000, '1 d 4 h'],
  ])('%d ms are %s', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  it('counts one as one', () => {
    expect(formatCount(1, 'run')).toBe('1 run');
    expect(formatCount(1200, 'run')).toBe('1,200 runs');
  });

  // A bound that is rounded down is a lie, however small.
  it('never shows a bound below what was proven', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (ratio) => {
        expect(Number.parseFloat(formatBound(ratio)) / 100).toBeGreaterThanOrEqual(ratio - 1e-12);
      }),
    );
  });

  it('gives a column the same decimals and never hides that something is there', () => {
    const format = columnFormatter([181.6, 0.42, 0.004, 0]);

    expect([181.6, 0.42, 0.004, 0].map(format)).toEqual(['182', '< 1', '< 1', '0']);
    expect(columnFormatter([4.365, 0.01])(0.01)).toBe('0.01');
  });
});
