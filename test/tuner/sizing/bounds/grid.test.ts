import {
  fitToGrid,
  isWithinTolerance,
  roundDown,
  roundUp,
} from '@stepfit/tuner/sizing/bounds/grid';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('grid', () => {
  it('rounds up to the next step, and leaves what is on a step', () => {
    expect(roundUp(345, 64)).toBe(384);
    expect(roundUp(384, 64)).toBe(384);
    // 3 × 0.1 is 0.30000000000000004 in binary, yet already on the grid
    expect(roundUp(3 * 0.1, 0.1)).toBe(0.3);
    expect(roundDown(0.7 + 0.1, 0.1)).toBe(0.8);
  });

  it('holds a value between floor and cap, and lets the floor win over a cap below it', () => {
    expect(fitToGrid(10, { floor: 128, cap: 1000, step: 64 })).toBe(128);
    expect(fitToGrid(5000, { floor: 128, cap: 1000, step: 64 })).toBe(960);
    expect(fitToGrid(300, { floor: 512, cap: 256, step: 64 })).toBe(512);
  });

  it('always lands on the grid, at or above the value unless the cap is lower', () => {
    const grids = fc.record({
      floor: fc.double({ min: 0, max: 1e4, noNaN: true }),
      cap: fc.double({ min: 0, max: 1e6, noNaN: true }),
      step: fc.constantFrom(0.1, 0.25, 1, 64, 250),
    });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), grids, (value, grid) => {
        const fitted = fitToGrid(value, grid);
        const steps = fitted / grid.step;
        expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-6);
        expect(fitted).toBeGreaterThanOrEqual(grid.floor - 1e-6);
        const isAtCap = fitted > grid.cap - grid.step - 1e-6;
        expect(isAtCap || fitted >= value - 1e-6).toBe(true);
      }),
    );
  });

  it('measures tolerance by what is asked now', () => {
    expect(isWithinTolerance(1000, 900, 0.1)).toBe(true);
    expect(isWithinTolerance(1000, 899, 0.1)).toBe(false);
    expect(isWithinTolerance(1000, 1101, 0.1)).toBe(false);
  });
});
