import type { AttemptTable } from '@stepfit/collector/db/tables';
import type { Resources } from '@stepfit/tuner/model/suggestion';
import type { Selectable } from 'kysely';

import type { Attempt } from '../http/schemas/attempts.ts';

/** The columns that the API shows: all but the CPU profile, which is an array of any length. */
export const ATTEMPT_COLUMNS = [
  'attempt_id',
  'flow',
  'run',
  'step',
  'task',
  'attempt',
  'started_at',
  'ended_at',
  'last_seen_at',
  'duration_ms',
  'outcome',
  'outcome_source',
  'outcome_evidence',
  'exit_code',
  'exception_type',
  'declared_cpu_cores',
  'declared_memory_mib',
  'declared_gpu_count',
  'request_cpu_cores',
  'request_memory_mib',
  'request_gpu_count',
  'hint',
  'limit_memory_mib',
  'limit_cpu_cores',
  'backend',
  'qos',
  'code_version',
  'revision',
  'branch',
  'host_name',
  'host_cpu_cores',
  'host_memory_mib',
  'sampler_version',
  'features',
  'peak_memory_mib',
  'peak_memory_source',
  'cpu_seconds',
  'peak_cores',
  'cpu_wait_seconds',
  'cpu_throttled_seconds',
  'disk_read_bytes',
  'disk_written_bytes',
  'network_received_bytes',
  'network_sent_bytes',
  'gpu_seen_count',
  'gpu_peak_utilization',
  'gpu_mean_utilization',
  'gpu_peak_memory_mib',
  'gpu_memory_limit_mib',
] as const satisfies readonly (keyof AttemptTable)[];

export type AttemptRow = Pick<Selectable<AttemptTable>, (typeof ATTEMPT_COLUMNS)[number]>;

/** A row as the API shows it: what is unknown is absent. */
export function toAttempt(row: AttemptRow): Attempt {
  return {
    attemptId: row.attempt_id,
    flow: row.flow,
    run: row.run,
    step: row.step,
    task: row.task,
    attempt: row.attempt,
    startedAt: row.started_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    declared: toResources(row.declared_cpu_cores, row.declared_memory_mib, row.declared_gpu_count),
    request: toRequest(row),
    features: row.features,
    ...withoutNulls({
      endedAt: row.ended_at?.toISOString() ?? null,
      durationMs: row.duration_ms,
      outcome: row.outcome,
      outcomeSource: row.outcome_source,
      outcomeEvidence: row.outcome_evidence,
      exitCode: row.exit_code,
      exceptionType: row.exception_type,
      hint: row.hint,
      limitMemoryMiB: row.limit_memory_mib,
      limitCpuCores: row.limit_cpu_cores,
      backend: row.backend,
      qos: row.qos,
      codeVersion: row.code_version,
      revision: row.revision,
      branch: row.branch,
      hostName: row.host_name,
      hostCpuCores: row.host_cpu_cores,
      hostMemoryMiB: row.host_memory_mib,
      samplerVersion: row.sampler_version,
      peakMemoryMiB: row.peak_memory_mib,
      peakMemorySource: row.peak_memory_source,
      cpuSeconds: row.cpu_seconds,
      peakCores: row.peak_cores,
      cpuWaitSeconds: row.cpu_wait_seconds,
      cpuThrottledSeconds: row.cpu_throttled_seconds,
      diskReadBytes: row.disk_read_bytes,
      diskWrittenBytes: row.disk_written_bytes,
      networkReceivedBytes: row.network_received_bytes,
      networkSentBytes: row.network_sent_bytes,
      gpuSeenCount: row.gpu_seen_count,
      gpuPeakUtilization: row.gpu_peak_utilization,
      gpuMeanUtilization: row.gpu_mean_utilization,
      gpuPeakMemoryMiB: row.gpu_peak_memory_mib,
      gpuMemoryLimitMiB: row.gpu_memory_limit_mib,
    }),
  };
}

/** What an attempt effectively asked of its backend. */
export function toRequest(
  row: Pick<AttemptRow, 'request_cpu_cores' | 'request_memory_mib' | 'request_gpu_count'>,
): Resources {
  return toResources(row.request_cpu_cores, row.request_memory_mib, row.request_gpu_count);
}

function toResources(
  cpuCores: number | null,
  memoryMiB: number | null,
  gpuCount: number | null,
): Resources {
  return withoutNulls({ cpuCores, memoryMiB, gpuCount });
}

type WithoutNulls<Row> = { -readonly [Key in keyof Row]?: NonNullable<Row[Key]> };

/** `null` exists in rows only: in the API what is unknown is absent. */
export function withoutNulls<Row extends object>(row: Row): WithoutNulls<Row> {
  const entries = Object.entries(row).filter(([, value]) => value !== null);
  return Object.fromEntries(entries) as WithoutNulls<Row>;
}
