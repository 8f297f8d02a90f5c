import type { MemorySource, Outcome } from '@stepfit/sdk-plugin/contract/attributes';

import type { AttemptHint } from './attempt-hint.ts';

/** What was asked for: cores, MiB, whole GPUs. Absent means that nothing was said. */
export interface ResourceAmounts {
  readonly cpuCores?: number;
  readonly memoryMiB?: number;
  readonly gpuCount?: number;
}

/** Seconds spent at each level of cores used; equal lengths, levels ascending. */
export interface CpuProfile {
  readonly cores: readonly number[];
  readonly seconds: readonly number[];
}

export interface GpuUsage {
  readonly seenCount: number;
  /** GPUs that were not seen idle all along; absent where readings of each were not kept. */
  readonly usedCount?: number;
  /** Shares of time busy, 0 to 1. */
  readonly peakUtilization: number;
  readonly meanUtilization: number;
  readonly peakMemoryMiB?: number;
  readonly memoryLimitMiB?: number;
}

export interface DeclaredDecorator {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** One finished attempt as sizing sees it: plain data, no identity beyond what evidence names. */
export interface AttemptUsage {
  readonly run: string;
  readonly task: string;
  readonly attempt: number;
  /** Milliseconds since 1970; every prediction for this attempt may use only attempts that ended before. */
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly durationMs: number;
  readonly outcome: Outcome;
  readonly declared: ResourceAmounts;
  readonly declaredDecorators: readonly DeclaredDecorator[];
  readonly request: ResourceAmounts;
  readonly hint?: AttemptHint;
  readonly limitMemoryMiB?: number;
  /** Cores that the backend held it to (CPU quota). */
  readonly limitCpuCores?: number;
  readonly backend?: string;
  readonly qos?: string;
  readonly codeVersion?: string;
  readonly features: Readonly<Record<string, number | string | boolean>>;
  /** Highest need seen. Where the outcome is `oom`, the true need is above it (censored). */
  readonly peakMemoryMiB?: number;
  readonly peakMemorySource?: MemorySource;
  readonly cpuSeconds?: number;
  readonly cpuProfile?: CpuProfile;
  /** Cores wanted, used or waited for, by the time spent so; absent where waiting was not measured. */
  readonly cpuWanted?: CpuProfile;
  readonly cpuWaitSeconds?: number;
  /** Core seconds that its CPU limit held back. */
  readonly cpuThrottledSeconds?: number;
  readonly hostCpuCores?: number;
  readonly gpu?: GpuUsage;
}
