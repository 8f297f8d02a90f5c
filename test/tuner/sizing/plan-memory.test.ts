import { planMemory } from '@stepfit/tuner/sizing/plan-memory';
import { describe, expect, it } from 'vitest';

const GRID = { floor: 128, cap: 8192, step: 64 };
const RETRY = { tailIndex: 2, retryCost: 1 };

describe('planMemory', () => {
  it('retries with the largest need seen where that is more than the first request', () => {
    const plan = planMemory({
      firstMiB: 512,
      largestNeedMiB: 1000,
      declaredMiB: 4096,
      grid: GRID,
      retry: RETRY,
    });
    expect(plan).toEqual({ firstMiB: 512, secondMiB: 1024, lastMiB: 4096 });
  });

  it('retries with what is cheapest between first and last where nothing larger has been seen', () => {
    // of the values tried up to 8 times the first, 2^(6/4) times it: 1448, on the grid 1472
    const plan = planMemory({
      firstMiB: 512,
      largestNeedMiB: 400,
      declaredMiB: 4096,
      grid: GRID,
      retry: RETRY,
    });
    expect(plan).toEqual({ firstMiB: 512, secondMiB: 1472, lastMiB: 4096 });
  });

  it('ends at no less than twice the first', () => {
    const plan = planMemory({
      firstMiB: 512,
      largestNeedMiB: 400,
      declaredMiB: 600,
      grid: GRID,
      retry: RETRY,
    });
    expect(plan).toEqual({ firstMiB: 512, secondMiB: 896, lastMiB: 1024 });
  });

  it('ends at no less than what people had declared, whatever the cap', () => {
    const plan = planMemory({
      firstMiB: 512,
      largestNeedMiB: 400,
      declaredMiB: 16_000,
      grid: GRID,
      retry: RETRY,
    });
    expect(plan.lastMiB).toBe(16_000);
  });
});
