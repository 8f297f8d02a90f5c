import {
  coresWords,
  countWords,
  memoryWords,
  moneyWords,
  shareWords,
} from '@stepfit/tuner/words/amounts';
import { describe, expect, it } from 'vitest';

describe('amounts in words', () => {
  it.each([
    [0, '0 MiB'],
    [9.54, '9.5 MiB'],
    [345, '345 MiB'],
    [1023.9, '1024 MiB'],
    [1024, '1 GiB'],
    [16_000, '15.6 GiB'],
    [512_000, '500 GiB'],
  ])('memory of %f MiB is %s', (memoryMiB, words) => {
    expect(memoryWords(memoryMiB)).toBe(words);
  });

  it.each([
    [0, '0 %'],
    [0.0004, '<0.1 %'],
    [0.004, '0.4 %'],
    [0.05, '5 %'],
    [0.221, '22 %'],
    [1, '100 %'],
  ])('a share of %f is %s', (share, words) => {
    expect(shareWords(share)).toBe(words);
  });

  it.each([
    [0, '$0.00'],
    [1234.5, '$1234.50'],
    [0.0123, '$0.012'],
    [-0.000_41, '−$0.00041'],
    [1e-9, '<$0.00001'],
  ])('money of %f is %s', (costUsd, words) => {
    expect(moneyWords(costUsd)).toBe(words);
  });

  it('counts in the singular and the plural', () => {
    expect([coresWords(1), coresWords(1.5), countWords(1, 'run'), countWords(0, 'run')]).toEqual([
      '1 core',
      '1.5 cores',
      '1 run',
      '0 runs',
    ]);
  });
});
