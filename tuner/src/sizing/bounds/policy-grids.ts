import type { BackendRules } from '../../backend/effective-request.ts';
import type { Policy } from '../../model/policy.ts';
import type { SizeGrid } from '../../model/prices.ts';
import { gridCores } from '../../prices/billed-size.ts';
import type { CoreGrid } from './core-counts.ts';
import type { Grid } from './grid.ts';

/** Where a memory request may lie under a policy, MiB. */
export function memoryGrid({ memoryFloorMiB, memoryCapMiB, memoryStepMiB }: Policy): Grid {
  return { floor: memoryFloorMiB, cap: memoryCapMiB, step: memoryStepMiB };
}

/**
 * Where a request for cores may lie: under the policy, in whole numbers where the backend takes no others
 * and the source has none, and only as many as some valid size has where there are sizes.
 */
export function coreGrid(
  { cpuFloorCores, cpuCapCores, cpuStepCores }: Policy,
  { wholeCores }: BackendRules,
  currentCores: number,
  sizes: SizeGrid | undefined,
): CoreGrid {
  const isWhole = wholeCores && Number.isInteger(currentCores);
  return {
    floor: cpuFloorCores,
    cap: cpuCapCores,
    step: isWhole ? Math.max(1, Math.ceil(cpuStepCores)) : cpuStepCores,
    ...(sizes === undefined ? {} : { counts: gridCores(sizes) }),
  };
}
