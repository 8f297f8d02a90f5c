import { buildReport, firstDay } from '@stepfit/api/report/build-report';
import type { StepWindowRow, WindowTotals } from '@stepfit/api/report/report-rows';
import { EXAMPLE_PRICES } from '@stepfit/tuner/model/prices';
import { describe, expect, it } from 'vitest';

const now = new Date('2026-11-23T08:41:00.000Z');
const prices = {
  ...EXAMPLE_PRICES,
  cpuCoreHourUsd: 0.1,
  memoryGibHourUsd: 0.01,
  gpuHourUsd: 2,
};

function row(changes: Partial<StepWindowRow> = {}): StepWindowRow {
  return {
    flow: 'TrainFlow',
    step: 'train',
    attempts: 4,
    runs: 2,
    succeeded: 3,
    failed: 0,
    oom: 1,
    lost: 0,
    duration_hours: 2,
    requested_gib_hours: 32,
    needed_gib_hours: 12,
    wasted_gib_hours: 20,
    requested_core_hours: 16,
    used_core_hours: 2,
    wasted_core_hours: 14,
    requested_gpu_hours: 2,
    busy_gpu_hours: 0.5,
    peak_memory_mib: 6144,
    peak_cores: 1.5,
    skip_code: null,
    skip_detail: null,
    backend: 'local',
    request_cpu_cores: 8,
    request_memory_mib: 16_384,
    request_gpu_count: 1,
    suggestion_id: null,
    suggestion_state: null,
    suggested: null,
    decorator_line: null,
    is_by_features: null,
    cost_share: null,
    ...changes,
  };
}

function build(listed: readonly StepWindowRow[], totals?: WindowTotals) {
  return buildReport(
    { listed, ...(totals && { totals }) },
    { query: { project: 'default', days: 30, limit: 200 }, prices, now },
  );
}

describe('the report', () => {
  it('prices what was requested and what was wasted', () => {
    const [step] = build([row()]).steps;

    // 32 GiB-h × 0.01 + 16 core-h × 0.1 + 2 GPU-h × 2
    expect(step?.requestedCostUsd).toBeCloseTo(0.32 + 1.6 + 4, 10);
    // 20 GiB-h × 0.01 + 14 core-h × 0.1 + 1.5 GPU-h × 2
    expect(step?.wastedCostUsd).toBeCloseTo(0.2 + 1.4 + 3, 10);
    expect(step?.idleGpuHours).toBe(1.5);
  });

  it('totals every step, listed or not, and prices what each left idle', () => {
    const { totals, steps, omittedSteps } = build([row()], {
      ...row({ attempts: 12, requested_gpu_hours: 6, busy_gpu_hours: 6 }),
      flows: 2,
      steps: 3,
      // One step used more than it asked for, which makes up for nothing.
      idle_gpu_hours: 1.5,
    });

    expect(steps).toHaveLength(1);
    expect(omittedSteps).toBe(2);
    expect(totals).toMatchObject({ flows: 2, steps: 3, attempts: 12, oom: 1, idleGpuHours: 1.5 });
    expect(totals.wastedCostUsd).toBeCloseTo(0.2 + 1.4 + 3, 10);
  });

  it('of an empty window is empty', () => {
    const { totals, steps, omittedSteps } = build([]);

    expect({ steps, omittedSteps }).toEqual({ steps: [], omittedSteps: 0 });
    expect(Object.values(totals)).toEqual(Object.values(totals).map(() => 0));
  });

  it('shows a suggestion, a reason, or neither', () => {
    const [suggested] = build([
      row({
        suggestion_id: 's1',
        suggestion_state: 'proposed',
        suggested: { memoryMiB: 7168 },
        decorator_line: '@resources(memory=7168)',
        cost_share: 0.4,
      }),
    ]).steps;
    const [skipped] = build([
      row({ skip_code: 'excluded', skip_detail: 'A policy says so.' }),
    ]).steps;
    const [pending] = build([row()]).steps;

    expect(suggested?.suggestion).toMatchObject({ suggestionId: 's1', costShare: 0.4 });
    expect(skipped?.skip).toEqual({ code: 'excluded', detail: 'A policy says so.' });
    expect(pending).not.toHaveProperty('suggestion');
    expect(pending).not.toHaveProperty('skip');
  });

  it('leaves out what is unknown', () => {
    const [step] = build([
      row({ peak_memory_mib: null, peak_cores: null, backend: null, request_cpu_cores: null }),
    ]).steps;

    expect(step).not.toHaveProperty('peakMemoryMiB');
    expect(step).not.toHaveProperty('backend');
    expect(step?.current).toEqual({ memoryMiB: 16_384, gpuCount: 1 });
  });

  it('counts today as the last day of its window', () => {
    expect(firstDay(now, 1)).toBe('2026-11-23');
    expect(firstDay(now, 30)).toBe('2026-10-25');
  });
});
