import type { MemorySource, Outcome } from '@stepfit/sdk-plugin/contract/attributes';
import type { MetricName } from '@stepfit/sdk-plugin/contract/metrics';

import type { AttemptHint, DeclaredDecorator, Features } from '../db/tables.ts';
import type { AttemptIdentity } from '../identity/attempt-id.ts';

/** What one request says of one attempt, judged and in the store's units. */
export interface AttemptReport {
  readonly identity: AttemptIdentity;
  readonly attemptId: string;
  readonly facts: AttemptFacts;
  /** Milliseconds since 1970, the attempt's own clock. */
  readonly startedAtMs: number;
  readonly lastSampleAtMs?: number;
  readonly peak?: MemoryPeak;
  /** CPU seconds so far. */
  readonly cpuSeconds?: number;
  /** Core seconds held back by its CPU limit so far. */
  readonly cpuThrottledSeconds?: number;
  readonly io?: IoTotals;
  readonly oomKills: number;
  readonly series: readonly UsageSeries[];
  /** Of the attempt's process, negative where a signal ended it; whoever saw it may not know the outcome. */
  readonly exitCode?: number;
  /** Absent while the attempt runs. */
  readonly end?: AttemptEnd;
}

/** Known when the attempt starts; the first word on each is kept. */
export interface AttemptFacts {
  readonly declaredCpuCores?: number;
  readonly declaredMemoryMiB?: number;
  readonly declaredGpuCount?: number;
  readonly declaredDecorators?: readonly DeclaredDecorator[];
  readonly requestCpuCores?: number;
  readonly requestMemoryMiB?: number;
  readonly requestGpuCount?: number;
  readonly hint?: AttemptHint;
  readonly limitMemoryMiB?: number;
  readonly limitCpuCores?: number;
  readonly backend?: string;
  readonly qos?: string;
  readonly codeVersion?: string;
  readonly owner?: string;
  /** Steps that the step follows in the flow's graph. */
  readonly revision?: string;
  readonly branch?: string;
  readonly stepParents?: readonly string[];
  readonly hostName?: string;
  readonly hostCpuCores?: number;
  readonly hostMemoryMiB?: number;
  readonly samplerVersion?: string;
  readonly features: Features;
}

export interface MemoryPeak {
  readonly memoryMiB: number;
  readonly source: MemorySource;
}

/** Bytes so far; absent where nobody measured. */
export interface IoTotals {
  readonly diskReadBytes?: number;
  readonly diskWrittenBytes?: number;
  readonly networkReceivedBytes?: number;
  readonly networkSentBytes?: number;
}

export interface AttemptEnd {
  readonly outcome: Outcome;
  readonly endedAtMs: number;
  readonly evidence?: string;
  readonly exceptionType?: string;
}

/** Points of one series in any order; the lists have equal lengths. */
export interface UsageSeries {
  readonly metric: MetricName;
  /** The series attributes' values joined by `/`. */
  readonly series: string;
  readonly timesMs: readonly number[];
  /** In the wire's unit. */
  readonly values: readonly number[];
}

export function countPoints(report: AttemptReport): number {
  return report.series.reduce((sum, { timesMs }) => sum + timesMs.length, 0);
}
