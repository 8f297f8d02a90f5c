import type { Policy } from '../../model/policy.ts';
import type { Grid } from './grid.ts';

/** Where a memory request may lie under a policy, MiB. */
export function memoryGrid({ memoryFloorMiB, memoryCapMiB, memoryStepMiB }: Policy): Grid {
  return { floor: memoryFloorMiB, cap: memoryCapMiB, step: memoryStepMiB };
}
