import { addDays, dayOf, mondayOf } from '@stepfit/collector/usage/days';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';

test('days go on over the ends of months, years and leap years', () => {
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  expect(addDays('2028-03-01', -1)).toBe('2028-02-29');
});

test('a week begins with the last Monday up to a day', () => {
  const day = fc
    .date({ min: new Date('1970-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map(dayOf);
  fc.assert(
    fc.property(day, (one) => {
      const monday = mondayOf(one);
      expect(new Date(monday).getUTCDay()).toBe(1);
      expect(monday <= one && one < addDays(monday, 7)).toBe(true);
    }),
  );
});
