import type { Store } from '@stepfit/collector/db/open-store';
import type { RunUsage, StepRuns } from '@stepfit/tuner/compare-usage/compare-usage';
import type { Prices } from '@stepfit/tuner/model/prices';
import { hourlyCostUsd } from '@stepfit/tuner/prices/hourly-cost';
import { sql } from 'kysely';

type Db = Store['db'];

/** Which runs are a side: all that is said has to hold. */
export interface RunChoice {
  readonly branch?: string;
  readonly revision?: string;
  readonly runs?: readonly string[];
}

/** Names of a side's newest runs with nothing running any more, newest first. */
export async function newestRuns(
  db: Db,
  choice: {
    readonly project: string;
    readonly flow: string;
    readonly side: RunChoice;
    readonly limit: number;
    readonly except?: readonly string[];
  },
): Promise<string[]> {
  const { project, flow, side, limit, except = [] } = choice;
  const { rows } = await sql<{ run: string }>`
    select run from attempt
    where project = ${project} and flow = ${flow}
      and (${side.branch ?? null}::text is null or branch = ${side.branch ?? null})
      and (${side.revision ?? null}::text is null or revision = ${side.revision ?? null})
      and (${side.runs === undefined} or run = any (${[...(side.runs ?? [])]}::text[]))
      and run <> all (${[...except]}::text[])
    group by run
    having bool_and(outcome is not null)
    order by max(started_at) desc, run
    limit ${limit}`.execute(db);
  return rows.map(({ run }) => run);
}

/** What each run of a step used, with what they have in common. */
export interface ComparedRuns extends StepRuns {
  readonly backend?: string;
  readonly isCodeChanged: boolean;
}

interface UsageRow {
  readonly run: string;
  readonly step: string;
  readonly backend: string | null;
  readonly is_head: boolean;
  readonly code_version: string | null;
  readonly started_at: Date;
  readonly request_cpu_cores: number | null;
  readonly request_memory_mib: number | null;
  readonly request_gpu_count: number | null;
  readonly gpu_memory_limit_mib: number | null;
  readonly hours: number;
  readonly peak_memory_mib: number | null;
  readonly cpu_seconds: number | null;
  readonly gib_hours: number | null;
  readonly has_succeeded: boolean;
}

/** What a step of each run used, all its tasks and retries together: a run is what is drawn afresh, not a task. */
export async function usageOfRuns(
  db: Db,
  input: {
    readonly project: string;
    readonly flow: string;
    readonly headRuns: readonly string[];
    readonly baseRuns: readonly string[];
    readonly prices: Prices;
  },
): Promise<ComparedRuns[]> {
  const { project, flow, headRuns, baseRuns, prices } = input;
  const { rows } = await sql<UsageRow>`
    select run, step, backend, run = any (${[...headRuns]}::text[]) as is_head,
      max(code_version) as code_version, max(started_at) as started_at,
      request_cpu_cores, request_memory_mib, request_gpu_count, gpu_memory_limit_mib,
      (sum(duration_ms) / 3600000)::float8 as hours,
      max(peak_memory_mib)::float8 as peak_memory_mib,
      sum(cpu_seconds)::float8 as cpu_seconds,
      (sum(peak_memory_mib / 1024 * duration_ms) / 3600000)::float8 as gib_hours,
      bool_or(outcome = 'succeeded') as has_succeeded
    from attempt
    where project = ${project} and flow = ${flow} and outcome <> 'cached'
      and run = any (${[...headRuns, ...baseRuns]}::text[])
    group by run, step, backend, request_cpu_cores, request_memory_mib, request_gpu_count,
      gpu_memory_limit_mib`.execute(db);
  const bySteps = [...Map.groupBy(rows, ({ step }) => step)];
  return bySteps
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([step, ofStep]) => {
      const [newest] = ofStep.toSorted(
        (a, b) =>
          Number(b.is_head) - Number(a.is_head) || b.started_at.getTime() - a.started_at.getTime(),
      );
      const backend = newest?.backend ?? undefined;
      const alike = ofStep.filter((row) => (row.backend ?? undefined) === backend);
      const [head, base] = [true, false].map((isHead) =>
        alike.filter((row) => row.is_head === isHead),
      );
      return {
        step,
        ...(backend !== undefined && { backend }),
        isCodeChanged: differs(versions(head ?? []), versions(base ?? [])),
        head: toRuns(head ?? [], prices),
        base: toRuns(base ?? [], prices),
      };
    });
}

/** One entry for each run in which the step came to a good end; one that failed has not used what it would. */
function toRuns(rows: readonly UsageRow[], prices: Prices): RunUsage[] {
  return [...Map.groupBy(rows, ({ run }) => run).values()]
    .filter((parts) => parts.some(({ has_succeeded: isGood }) => isGood))
    .map((parts) => ({
      ...figure(
        'peakMemoryMiB',
        parts.map((part) => part.peak_memory_mib),
        (values) => Math.max(...values),
      ),
      ...figure(
        'cpuSeconds',
        parts.map((part) => part.cpu_seconds),
        sum,
      ),
      ...figure(
        'gibHours',
        parts.map((part) => part.gib_hours),
        sum,
      ),
      ...figure(
        'costUsd',
        parts.map((part) => costOf(part, prices)),
        sum,
      ),
    }));
}

/** A figure of a run is known where every part of it is. */
function figure(
  name: string,
  parts: readonly (number | null)[],
  join: (values: readonly number[]) => number,
): Record<string, number> {
  const known = parts.filter((part) => part !== null);
  return known.length === parts.length && known.length > 0 ? { [name]: join(known) } : {};
}

/** Price of what was asked for, retries too; null where nothing was. */
function costOf(row: UsageRow, prices: Prices): number | null {
  if (row.request_cpu_cores === null && row.request_memory_mib === null) return null;
  const { gpu_memory_limit_mib: gpuMemoryMiB } = row;
  const hourly = hourlyCostUsd(
    {
      ...(row.request_cpu_cores !== null && { cpuCores: row.request_cpu_cores }),
      ...(row.request_memory_mib !== null && { memoryMiB: row.request_memory_mib }),
      ...(row.request_gpu_count !== null && { gpuCount: row.request_gpu_count }),
      ...(gpuMemoryMiB !== null && { gpuMemoryMiB }),
    },
    prices,
  );
  return hourly * row.hours;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function versions(rows: readonly UsageRow[]): ReadonlySet<string> {
  return new Set(rows.flatMap(({ code_version: version }) => version ?? []));
}

function differs(head: ReadonlySet<string>, base: ReadonlySet<string>): boolean {
  return base.size > 0 && [...head].some((version) => !base.has(version));
}
