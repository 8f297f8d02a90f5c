import type { Store } from '@stepfit/collector/db/open-store';
import type { AttemptTable } from '@stepfit/collector/db/tables';
import type { Selectable } from 'kysely';

import type {
  AttemptUsage,
  CpuProfile,
  GpuUsage,
  ResourceAmounts,
} from '../model/attempt-usage.ts';
import type { StepKey } from './step-key.ts';

const COLUMNS = [
  'run',
  'task',
  'attempt',
  'started_at',
  'ended_at',
  'duration_ms',
  'outcome',
  'declared_cpu_cores',
  'declared_memory_mib',
  'declared_gpu_count',
  'declared_decorators',
  'request_cpu_cores',
  'request_memory_mib',
  'request_gpu_count',
  'hint',
  'limit_memory_mib',
  'limit_cpu_cores',
  'backend',
  'qos',
  'code_version',
  'host_cpu_cores',
  'features',
  'peak_memory_mib',
  'peak_memory_source',
  'cpu_seconds',
  'profile_cores',
  'profile_seconds',
  'cpu_wait_seconds',
  'cpu_throttled_seconds',
  'wanted_cores',
  'wanted_seconds',
  'gpu_seen_count',
  'gpu_used_count',
  'gpu_peak_utilization',
  'gpu_mean_utilization',
  'gpu_peak_memory_mib',
  'gpu_memory_limit_mib',
] as const satisfies readonly (keyof AttemptTable)[];

type AttemptRow = Pick<Selectable<AttemptTable>, (typeof COLUMNS)[number]>;

/**
 * The newest finished attempts of a step, at most `limit`, newest first. Attempts that something arrived
 * for since they were settled are left out: settling them makes the step due again.
 */
export async function loadHistory(
  db: Store['db'],
  { project, flow, step }: StepKey,
  limit: number,
): Promise<AttemptUsage[]> {
  const rows = await db
    .selectFrom('attempt')
    .select(COLUMNS)
    .where('project', '=', project)
    .where('flow', '=', flow)
    .where('step', '=', step)
    .where('ended_at', 'is not', null)
    .where('settled_at', 'is not', null)
    .where('outcome', 'not in', ['cached'])
    .orderBy('ended_at', 'desc')
    .orderBy('attempt_id')
    .limit(limit)
    .execute();
  return rows.flatMap((row) => toAttemptUsage(row) ?? []);
}

/** A row as sizing sees it; undefined for an attempt that has not ended. */
export function toAttemptUsage(row: AttemptRow): AttemptUsage | undefined {
  if (row.ended_at === null || row.outcome === null) return undefined;
  const startedAtMs = row.started_at.getTime();
  const endedAtMs = row.ended_at.getTime();
  const gpu = toGpuUsage(row);
  return {
    run: row.run,
    task: row.task,
    attempt: row.attempt,
    startedAtMs,
    endedAtMs,
    durationMs: Math.max(0, row.duration_ms ?? endedAtMs - startedAtMs),
    outcome: row.outcome,
    declared: toAmounts(row.declared_cpu_cores, row.declared_memory_mib, row.declared_gpu_count),
    declaredDecorators: row.declared_decorators ?? [],
    request: toAmounts(row.request_cpu_cores, row.request_memory_mib, row.request_gpu_count),
    features: row.features,
    ...withoutNulls({
      hint: row.hint,
      limitMemoryMiB: row.limit_memory_mib,
      limitCpuCores: row.limit_cpu_cores,
      backend: row.backend,
      qos: row.qos,
      codeVersion: row.code_version,
      peakMemoryMiB: row.peak_memory_mib,
      peakMemorySource: row.peak_memory_source,
      cpuSeconds: row.cpu_seconds,
      hostCpuCores: row.host_cpu_cores,
    }),
    ...withoutNulls({
      cpuProfile: toProfile(row.profile_cores, row.profile_seconds),
      cpuWanted: toProfile(row.wanted_cores, row.wanted_seconds),
      cpuWaitSeconds: row.cpu_wait_seconds,
      cpuThrottledSeconds: row.cpu_throttled_seconds,
    }),
    ...(gpu === undefined ? {} : { gpu }),
  };
}

function toProfile(cores: number[] | null, seconds: number[] | null): CpuProfile | null {
  return cores === null || seconds === null ? null : { cores, seconds };
}

function toAmounts(
  cpuCores: number | null,
  memoryMiB: number | null,
  gpuCount: number | null,
): ResourceAmounts {
  return withoutNulls({ cpuCores, memoryMiB, gpuCount });
}

function toGpuUsage(row: AttemptRow): GpuUsage | undefined {
  if (row.gpu_seen_count === null) return undefined;
  return {
    seenCount: row.gpu_seen_count,
    peakUtilization: row.gpu_peak_utilization ?? 0,
    meanUtilization: row.gpu_mean_utilization ?? 0,
    ...withoutNulls({
      usedCount: row.gpu_used_count,
      peakMemoryMiB: row.gpu_peak_memory_mib,
      memoryLimitMiB: row.gpu_memory_limit_mib,
    }),
  };
}

type WithoutNulls<Columns> = { [Name in keyof Columns]?: NonNullable<Columns[Name]> };

/** Nulls exist in rows only: here they become absence. */
function withoutNulls<Columns extends object>(columns: Columns): WithoutNulls<Columns> {
  const present = Object.entries(columns).filter(([, value]) => value !== null);
  return Object.fromEntries(present) as WithoutNulls<Columns>;
}
