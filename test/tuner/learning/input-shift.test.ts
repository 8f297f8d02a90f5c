import { explainShift, type FeaturedMeasure } from '@stepfit/tuner/learning/input-shift';
import { describe, expect, it } from 'vitest';

import { draw, measures, seededNormal, seededRandom } from '../support/random.ts';

const SHIFT = 30;

/** Forty runs; the need is what `need` makes of the rows, which are about 1000, then `rowsAfter`. */
function history(
  rowsAfter: number,
  need: (rows: number, isAfter: boolean) => number,
): FeaturedMeasure[] {
  const random = seededRandom(51);
  const normal = seededNormal(51);
  const rows = draw(40, (index) => (index < SHIFT ? 1000 : rowsAfter) * (0.5 + random()));
  const noisy = rows.map((one, index) => need(one, index >= SHIFT) * Math.exp(0.05 * normal()));
  return measures(noisy).map((one, index) => ({
    ...one,
    features: { rows: rows[index] ?? 0, day: 1 + Math.floor(30 * random()), mode: 'full' },
  }));
}

describe('explainShift', () => {
  it('names the input that grew and took the need with it', () => {
    const shift = explainShift(
      history(4000, (rows) => 2 * rows),
      SHIFT,
    );
    expect(shift?.feature).toBe('rows');
    expect((shift?.ratio ?? 0) / 4).toBeCloseTo(1, 0);
  });

  it('knows that a need may grow more slowly than its input', () => {
    const shift = explainShift(
      history(4000, (rows) => 100 * Math.sqrt(rows)),
      SHIFT,
    );
    expect(shift?.feature).toBe('rows');
  });

  it('names none where equal inputs need more than before', () => {
    expect(
      explainShift(
        history(1000, (rows, isAfter) => (isAfter ? 8 : 2) * rows),
        SHIFT,
      ),
    ).toBeUndefined();
    expect(
      explainShift(
        history(2000, (rows, isAfter) => (isAfter ? 8 : 2) * rows),
        SHIFT,
      ),
    ).toBeUndefined();
  });

  it('names none that moved the other way, and none where nothing is known', () => {
    expect(
      explainShift(
        history(250, (rows, isAfter) => (isAfter ? 20 : 2) * rows),
        SHIFT,
      ),
    ).toBeUndefined();
    const unknown = history(4000, (rows) => rows).map((one) => ({ ...one, features: {} }));
    expect(explainShift(unknown, SHIFT)).toBeUndefined();
    expect(explainShift([], 0)).toBeUndefined();
  });
});
