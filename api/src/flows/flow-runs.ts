import type { Outcome } from '@stepfit/sdk-plugin/contract/attributes';

import type { FlowRun } from '../http/schemas/flows.ts';

/** What a flow's page needs of an attempt, as its row has it. */
export interface FlowAttempt {
  readonly attempt_id: string;
  readonly step: string;
  readonly run: string;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly duration_ms: number | null;
  readonly outcome: Outcome | null;
  readonly backend: string | null;
  readonly step_parents: readonly string[] | null;
  readonly request_cpu_cores: number | null;
  readonly request_memory_mib: number | null;
  readonly request_gpu_count: number | null;
  readonly peak_memory_mib: number | null;
  readonly peak_cores: number | null;
  readonly cpu_seconds: number | null;
}

const MOST_RUNS = 50;
const MS_PER_HOUR = 3_600_000;
const MIB_PER_GIB = 1024;
const SECONDS_PER_HOUR = 3600;

/** Attempts summed up by run, newest run first. What is not known of an attempt counts on neither side. */
export function runsOf(attempts: readonly FlowAttempt[]): FlowRun[] {
  return [...Map.groupBy(attempts, ({ run }) => run)]
    .map(([run, ofRun]) => toRun(run, ofRun))
    .toSorted((a, b) => (a.startedAt < b.startedAt ? 1 : -1))
    .slice(0, MOST_RUNS);
}

function toRun(run: string, attempts: readonly FlowAttempt[]): FlowRun {
  const running = attempts.filter(({ outcome }) => outcome === null).length;
  const ends = attempts.flatMap(({ ended_at: endedAt }) => endedAt?.getTime() ?? []);
  const hadMemory = attempts.filter(
    (row) => row.request_memory_mib !== null && row.peak_memory_mib !== null,
  );
  const hadCores = attempts.filter(
    (row) => row.request_cpu_cores !== null && row.cpu_seconds !== null,
  );
  return {
    run,
    startedAt: new Date(Math.min(...attempts.map((row) => row.started_at.getTime()))).toISOString(),
    ...(running === 0 && ends.length > 0 && { endedAt: new Date(Math.max(...ends)).toISOString() }),
    attempts: attempts.length,
    running,
    failed: attempts.filter(({ outcome }) => isFailure(outcome)).length,
    oom: attempts.filter(({ outcome }) => outcome === 'oom').length,
    requestedGibHours: sum(hadMemory, (row) => gib(row.request_memory_mib) * hours(row)),
    neededGibHours: sum(hadMemory, (row) => gib(row.peak_memory_mib) * hours(row)),
    requestedCoreHours: sum(hadCores, (row) => (row.request_cpu_cores ?? 0) * hours(row)),
    usedCoreHours: sum(hadCores, (row) => (row.cpu_seconds ?? 0) / SECONDS_PER_HOUR),
  };
}

function isFailure(outcome: Outcome | null): boolean {
  return outcome !== null && !['succeeded', 'cached', 'oom'].includes(outcome);
}

function sum(rows: readonly FlowAttempt[], amountOf: (row: FlowAttempt) => number): number {
  return rows.reduce((total, row) => total + amountOf(row), 0);
}

function gib(memoryMiB: number | null): number {
  return (memoryMiB ?? 0) / MIB_PER_GIB;
}

function hours({ duration_ms: durationMs }: FlowAttempt): number {
  return (durationMs ?? 0) / MS_PER_HOUR;
}
