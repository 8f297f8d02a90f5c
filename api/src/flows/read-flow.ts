import type { Store } from '@stepfit/collector/db/open-store';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { sql } from 'kysely';

import { toRequest } from '../attempts/attempt-view.ts';
import type { ApiContext } from '../http/api-context.ts';
import type { Flow, FlowStep } from '../http/schemas/flows.ts';
import type { Report, TrendQuery } from '../http/schemas/report.ts';
import { boxOf } from './box.ts';
import { type FlowAttempt, runsOf } from './flow-runs.ts';
import { byGraph } from './graph-order.ts';

/** Newest attempts of each step that boxes and runs are drawn from: enough to see how runs differ. */
const ATTEMPTS_PER_STEP = 100;

/**
 * A flow: its steps in the graph's order, boxes of what their newest attempts needed, and its newest runs.
 * Costs as much for a flow with a million attempts as for one with a few hundred of each step.
 *
 * @throws {StepfitError} `not-found` when no attempt of the flow ever arrived.
 */
export async function readFlow(
  { store }: ApiContext,
  { project, flow }: TrendQuery & { readonly flow: string },
  report: Report,
): Promise<Flow> {
  const attempts = await newestAttempts(store.db, project, flow);
  if (attempts.length === 0) {
    throw new StepfitError('not-found', `Project ${project} has no flow ${flow}.`, {
      hint: '`stepfit report` and GET /api/v1/report/facets list those there are.',
    });
  }
  const rows = new Map(report.steps.map((row) => [row.step, row]));
  const steps = [...Map.groupBy(attempts, ({ step }) => step)].map(([step, ofStep]) => {
    const row = rows.get(step);
    return { ...toFlowStep(step, ofStep), ...(row !== undefined && { report: row }) };
  });
  return {
    project,
    flow,
    hasGraph: steps.every(({ parents }) => parents !== undefined),
    attemptsPerStep: ATTEMPTS_PER_STEP,
    steps: byGraph(steps),
    runs: runsOf(attempts),
  };
}

async function newestAttempts(
  db: Store['db'],
  project: string,
  flow: string,
): Promise<FlowAttempt[]> {
  const { rows } = await sql<FlowAttempt>`
    select newest.*
    from step cross join lateral (
      select a.attempt_id, a.step, a.run, a.started_at, a.ended_at, a.duration_ms, a.outcome, a.backend,
        a.step_parents, a.request_cpu_cores, a.request_memory_mib, a.request_gpu_count,
        a.peak_memory_mib, a.peak_cores, a.cpu_seconds
      from attempt a
      where a.project = ${project} and a.flow = ${flow} and a.step = step.step
      order by a.ended_at desc, a.attempt_id
      limit ${ATTEMPTS_PER_STEP}
    ) newest
    where step.project = ${project} and step.flow = ${flow}`.execute(db);
  return rows;
}

/** `attempts` are of one step, newest first, and not empty. */
function toFlowStep(step: string, attempts: readonly FlowAttempt[]): FlowStep {
  const [newest] = attempts;
  const parents = attempts.find((attempt) => attempt.step_parents !== null)?.step_parents;
  const memoryMiB = boxOf(attempts, (attempt) => attempt.peak_memory_mib);
  const cpuCores = boxOf(attempts, (attempt) => attempt.peak_cores);
  const durationMs = boxOf(attempts, (attempt) => attempt.duration_ms);
  return {
    step,
    ...(parents && { parents: [...parents] }),
    current: newest === undefined ? {} : toRequest(newest),
    ...(newest?.backend && { backend: newest.backend }),
    ...(memoryMiB && { memoryMiB }),
    ...(cpuCores && { cpuCores }),
    ...(durationMs && { durationMs }),
  };
}
