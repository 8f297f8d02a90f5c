import { type Kysely, sql, type Transaction } from 'kysely';

import type { Database } from '../db/tables.ts';
import { type RowOf, unnestRows } from '../db/unnest-rows.ts';
import { dayOf } from './days.ts';
import { loadSeries, type SeriesOwner } from './load-series.ts';
import { rollUpDays, type StepIdentity } from './roll-up-days.ts';
import { SETTLED_METRICS, type SettledUsage, settleUsage } from './settle-usage.ts';

/** Attempts in one transaction: a second of work at the most, on the embedded database. */
const MAX_ATTEMPTS = 200;

/** Candidates looked at for one that no other replica has locked. */
const MAX_CANDIDATES = 100;

type Tx = Transaction<Database>;

/**
 * Turns ended attempts into what sizing and reports read: the CPU profile, GPU figures and duration, the
 * step's roll-ups of the days concerned, and a note to the tuner that the step is due. Takes one step at a
 * time whose row no one else has locked, so that any number of replicas share the work and none overwrites
 * what another counted.
 *
 * Returns how many attempts were settled; 0 when there was nothing to do.
 */
export async function settleOneStep(db: Kysely<Database>, now: Date): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const step = await lockStepWithWork(tx);
    if (step === undefined) return 0;
    const attempts = await lockUnsettled(tx, step);
    if (attempts.length === 0) return 0;
    const series = await loadSeries(tx, step.project, attempts, SETTLED_METRICS);
    const settled = attempts.map((attempt) => {
      const usage = settleUsage(
        {
          startedAtMs: attempt.started_at.getTime(),
          endedAtMs: attempt.ended_at.getTime(),
          ...(attempt.cpu_seconds !== null && { cpuSeconds: attempt.cpu_seconds }),
        },
        series.get(attempt.attempt_id) ?? [],
      );
      return toSettledRow(attempt, usage);
    });
    await saveSettled(tx, step, settled, now);
    const days = new Set(settled.map(({ settled_day }) => settled_day));
    for (const { settled_day } of attempts) if (settled_day !== null) days.add(settled_day);
    await rollUpDays(tx, step, [...days]);
    await markDue(tx, step, attempts, now);
    return attempts.length;
  });
}

/** Settles everything there is to settle now; for tests, importers and the end of a run. */
export async function settleAll(db: Kysely<Database>, now: Date): Promise<number> {
  let total = 0;
  for (;;) {
    const settled = await settleOneStep(db, now);
    if (settled === 0) return total;
    total += settled;
  }
}

async function lockStepWithWork(tx: Tx): Promise<StepIdentity | undefined> {
  const { rows } = await sql<StepIdentity>`
    select s.project, s.flow, s.step
    from (
      select distinct u.project, u.flow, u.step
      from (
        select project, flow, step from attempt
        where outcome is not null and settled_at is null
        limit ${MAX_CANDIDATES}
      ) u
    ) e
    join step s on s.project = e.project and s.flow = e.flow and s.step = e.step
    limit 1
    for update of s skip locked`.execute(tx);
  return rows[0];
}

interface UnsettledRow extends SeriesOwner {
  readonly ended_at: Date;
  readonly cpu_seconds: number | null;
  readonly settled_day: string | null;
}

/** An attempt that ingest holds at this moment is left for the next round. */
async function lockUnsettled(
  tx: Tx,
  { project, flow, step }: StepIdentity,
): Promise<readonly UnsettledRow[]> {
  const { rows } = await sql<UnsettledRow>`
    select attempt_id, started_at, coalesce(ended_at, last_sample_at, started_at) as ended_at,
      greatest(started_at, ended_at, last_sample_at) as until, cpu_seconds, settled_day
    from attempt
    where project = ${project} and flow = ${flow} and step = ${step}
      and outcome is not null and settled_at is null
    order by attempt_id
    limit ${MAX_ATTEMPTS}
    for update skip locked`.execute(tx);
  return rows;
}

const SETTLED_COLUMNS = {
  attempt_id: 'text',
  duration_ms: 'double precision',
  settled_day: 'text',
  profile_cores: 'text',
  profile_seconds: 'text',
  peak_cores: 'double precision',
  cpu_seconds: 'double precision',
  cpu_wait_seconds: 'double precision',
  wanted_cores: 'text',
  wanted_seconds: 'text',
  gpu_seen_count: 'integer',
  gpu_used_count: 'integer',
  gpu_peak_utilization: 'double precision',
  gpu_mean_utilization: 'double precision',
  gpu_peak_memory_mib: 'double precision',
  gpu_memory_limit_mib: 'double precision',
} as const;
type SettledRow = RowOf<typeof SETTLED_COLUMNS> & { readonly settled_day: string };

const CPU_COLUMNS = [
  'profile_cores',
  'profile_seconds',
  'peak_cores',
  'cpu_seconds',
  'wanted_cores',
  'wanted_seconds',
] as const;

function toSettledRow(
  attempt: UnsettledRow,
  { cpu, wanted, waitSeconds, gpu }: SettledUsage,
): SettledRow {
  return {
    attempt_id: attempt.attempt_id,
    duration_ms: Math.max(0, attempt.ended_at.getTime() - attempt.started_at.getTime()),
    settled_day: dayOf(attempt.ended_at),
    ...cpuColumns(cpu, wanted),
    cpu_wait_seconds: waitSeconds ?? null,
    ...gpuColumns(gpu),
  };
}

function cpuColumns(
  cpu: SettledUsage['cpu'],
  wanted: SettledUsage['wanted'],
): Pick<SettledRow, (typeof CPU_COLUMNS)[number]> {
  return {
    profile_cores: cpu === undefined ? null : `{${cpu.cores.join(',')}}`,
    profile_seconds: cpu === undefined ? null : `{${cpu.seconds.join(',')}}`,
    peak_cores: cpu?.peakCores ?? null,
    cpu_seconds: cpu?.cpuSeconds ?? null,
    wanted_cores: wanted === undefined ? null : `{${wanted.cores.join(',')}}`,
    wanted_seconds: wanted === undefined ? null : `{${wanted.seconds.join(',')}}`,
  };
}

type GpuColumns = Omit<
  SettledRow,
  'attempt_id' | 'duration_ms' | 'settled_day' | 'cpu_wait_seconds' | (typeof CPU_COLUMNS)[number]
>;

const NO_GPU: GpuColumns = {
  gpu_seen_count: null,
  gpu_used_count: null,
  gpu_peak_utilization: null,
  gpu_mean_utilization: null,
  gpu_peak_memory_mib: null,
  gpu_memory_limit_mib: null,
};

function gpuColumns(gpu: SettledUsage['gpu']): GpuColumns {
  if (gpu === undefined) return NO_GPU;
  return {
    gpu_seen_count: gpu.seenCount,
    gpu_used_count: gpu.usedCount,
    gpu_peak_utilization: gpu.peakUtilization ?? null,
    gpu_mean_utilization: gpu.meanUtilization ?? null,
    gpu_peak_memory_mib: gpu.peakMemoryMiB ?? null,
    gpu_memory_limit_mib: gpu.memoryLimitMiB ?? null,
  };
}

/** What was known stays where the series are gone: retention drops them, the profile is kept. */
async function saveSettled(
  tx: Tx,
  { project }: StepIdentity,
  rows: readonly SettledRow[],
  now: Date,
): Promise<void> {
  await sql`
    update attempt as a
    set duration_ms = e.duration_ms,
      ended_at = coalesce(a.ended_at, a.last_sample_at, a.started_at),
      settled_day = e.settled_day,
      settled_at = ${now.toISOString()}::timestamptz,
      profile_cores = coalesce(e.profile_cores::double precision[], a.profile_cores),
      profile_seconds = coalesce(e.profile_seconds::double precision[], a.profile_seconds),
      peak_cores = coalesce(e.peak_cores, a.peak_cores),
      cpu_seconds = greatest(e.cpu_seconds, a.cpu_seconds),
      cpu_wait_seconds = coalesce(e.cpu_wait_seconds, a.cpu_wait_seconds),
      wanted_cores = coalesce(e.wanted_cores::double precision[], a.wanted_cores),
      wanted_seconds = coalesce(e.wanted_seconds::double precision[], a.wanted_seconds),
      gpu_seen_count = coalesce(e.gpu_seen_count, a.gpu_seen_count),
      gpu_used_count = coalesce(e.gpu_used_count, a.gpu_used_count),
      gpu_peak_utilization = coalesce(e.gpu_peak_utilization, a.gpu_peak_utilization),
      gpu_mean_utilization = coalesce(e.gpu_mean_utilization, a.gpu_mean_utilization),
      gpu_peak_memory_mib = coalesce(e.gpu_peak_memory_mib, a.gpu_peak_memory_mib),
      gpu_memory_limit_mib = coalesce(e.gpu_memory_limit_mib, a.gpu_memory_limit_mib)
    from ${unnestRows('e', SETTLED_COLUMNS, rows)}
    where a.project = ${project} and a.attempt_id = e.attempt_id`.execute(tx);
}

async function markDue(
  tx: Tx,
  { project, flow, step }: StepIdentity,
  attempts: readonly UnsettledRow[],
  now: Date,
): Promise<void> {
  const added = attempts.filter(({ settled_day }) => settled_day === null).length;
  const newestMs = attempts.reduce((max, { ended_at }) => Math.max(max, ended_at.getTime()), 0);
  await sql`
    update step
    set settled_attempts = settled_attempts + ${added},
      last_attempt_at = greatest(last_attempt_at, ${new Date(newestMs).toISOString()}::timestamptz),
      tune_due_at = ${now.toISOString()}::timestamptz
    where project = ${project} and flow = ${flow} and step = ${step}`.execute(tx);
}
