import { planMemory } from '@stepfit/tuner/sizing/plan-memory';
import { describe, expect, it } from 'vitest';

const GRID = { floor: 128, cap: 8192, step: 64 };

describe('planMemory', () => {
  it('retries with the largest need seen where that is more than the first request', () => {
    const plan = planMemory({ firstMiB: 512, largestNeedMiB: 1000, declaredMiB: 4096, grid: GRID });
    expect(plan).toEqual({ firstMiB: 512, secondMiB: 1024, lastMiB: 4096 });
  });

  it('retries with half as much again where nothing larger has been seen', () => {
    const plan = planMemory({ firstMiB: 512, largestNeedMiB: 400, declaredMiB: 600, grid: GRID });
    expect(plan).toEqual({ firstMiB: 512, secondMiB: 768, lastMiB: 768 });
  });

  it('ends at no less than what people had declared, whatever the cap', () => {
    const plan = planMemory({
      firstMiB: 512,
      largestNeedMiB: 400,
      declaredMiB: 16_000,
      grid: GRID,
    });
    expect(plan.lastMiB).toBe(16_000);
  });
});
