import type { SizeGrid } from '../model/prices.ts';

/**
 * Task sizes of AWS Fargate (Amazon ECS developer guide, “Task CPU and memory”): the combinations that a task
 * definition is accepted with. AWS Batch on Fargate takes the same.
 */
export const AWS_FARGATE: SizeGrid = {
  name: 'AWS Fargate',
  rows: [
    { cpuCores: 0.25, memoryMinMiB: 512, memoryMaxMiB: 512, memoryStepMiB: 512 },
    { cpuCores: 0.25, memoryMinMiB: 1024, memoryMaxMiB: 2048, memoryStepMiB: 1024 },
    { cpuCores: 0.5, memoryMinMiB: 1024, memoryMaxMiB: 4096, memoryStepMiB: 1024 },
    { cpuCores: 1, memoryMinMiB: 2048, memoryMaxMiB: 8192, memoryStepMiB: 1024 },
    { cpuCores: 2, memoryMinMiB: 4096, memoryMaxMiB: 16_384, memoryStepMiB: 1024 },
    { cpuCores: 4, memoryMinMiB: 8192, memoryMaxMiB: 30_720, memoryStepMiB: 1024 },
    { cpuCores: 8, memoryMinMiB: 16_384, memoryMaxMiB: 61_440, memoryStepMiB: 4096 },
    { cpuCores: 16, memoryMinMiB: 32_768, memoryMaxMiB: 122_880, memoryStepMiB: 8192 },
  ],
};

/**
 * Fargate under Amazon EKS (user guide, “Understand Fargate Pod configuration details”): the same sizes, after
 * 256 MiB are added for Kubernetes’ own components. One more, since Metaflow asks Kubernetes for decimal
 * megabytes, and rounding up to one may add almost as much.
 */
export const AWS_EKS_FARGATE: SizeGrid = {
  ...AWS_FARGATE,
  name: 'AWS Fargate for EKS',
  overheadMiB: 257,
};

/** Grids that a price table may name instead of listing them. */
export const SIZE_GRIDS = {
  'aws-fargate': AWS_FARGATE,
  'aws-eks-fargate': AWS_EKS_FARGATE,
} as const satisfies Record<string, SizeGrid>;
