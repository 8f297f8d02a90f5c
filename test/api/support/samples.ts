import type { Attempt } from '@stepfit/api/http/schemas/attempts';
import type { Report, ReportRow } from '@stepfit/api/http/schemas/report';
import type { StepExplanation } from '@stepfit/api/http/schemas/steps';
import type { System } from '@stepfit/api/http/schemas/system';
import type { Evidence } from '@stepfit/tuner/model/evidence';
import { DEFAULT_POLICY } from '@stepfit/tuner/model/policy';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';

/** What a sample should have instead; undefined takes a field away. */
type Changes<Sample> = { readonly [Key in keyof Sample]?: Sample[Key] | undefined };

function changed<Sample extends object>(sample: Sample, changes: Changes<Sample>): Sample {
  const entries = Object.entries({ ...sample, ...changes });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined)) as Sample;
}

/** Amounts of a step that asked for 16 GiB and 8 cores and needed a tenth. */
export function reportRow(changes: Changes<ReportRow> = {}): ReportRow {
  return changed(
    {
      flow: 'TrainFlow',
      step: 'train',
      attempts: 25,
      runs: 25,
      succeeded: 24,
      failed: 1,
      oom: 0,
      lost: 0,
      durationHours: 12.5,
      requestedGibHours: 200,
      neededGibHours: 18.4,
      wastedGibHours: 181.6,
      requestedCoreHours: 100,
      usedCoreHours: 12.1,
      wastedCoreHours: 87.9,
      requestedGpuHours: 0,
      busyGpuHours: 0,
      idleGpuHours: 0,
      requestedCostUsd: 4.937,
      wastedCostUsd: 4.365,
      peakMemoryMiB: 1507,
      peakCores: 1.1,
      backend: 'kubernetes',
      current: { cpuCores: 8, memoryMiB: 16_384 },
      suggestion: {
        suggestionId: 'suggestion-1',
        state: 'proposed',
        suggested: { cpuCores: 1, memoryMiB: 1792 },
        decoratorLine: '@kubernetes(cpu=1, memory=1880)',
        isByFeatures: false,
        costShare: 0.883,
      },
    },
    changes,
  );
}

export function report(steps: readonly ReportRow[], changes: Changes<Report> = {}): Report {
  function sum(
    key: 'attempts' | 'runs' | 'succeeded' | 'failed' | 'oom' | 'lost' | AmountKey,
  ): number {
    return steps.reduce((total, row) => total + row[key], 0);
  }
  return changed(
    {
      project: 'default',
      generatedAt: '2026-11-23T08:41:00.000Z',
      days: 30,
      sinceDay: '2026-10-25',
      prices: { name: 'example prices', isExample: true },
      totals: {
        flows: new Set(steps.map((row) => row.flow)).size,
        steps: steps.length,
        attempts: sum('attempts'),
        runs: sum('runs'),
        succeeded: sum('succeeded'),
        failed: sum('failed'),
        oom: sum('oom'),
        lost: sum('lost'),
        durationHours: sum('durationHours'),
        requestedGibHours: sum('requestedGibHours'),
        neededGibHours: sum('neededGibHours'),
        wastedGibHours: sum('wastedGibHours'),
        requestedCoreHours: sum('requestedCoreHours'),
        usedCoreHours: sum('usedCoreHours'),
        wastedCoreHours: sum('wastedCoreHours'),
        requestedGpuHours: sum('requestedGpuHours'),
        busyGpuHours: sum('busyGpuHours'),
        idleGpuHours: sum('idleGpuHours'),
        requestedCostUsd: sum('requestedCostUsd'),
        wastedCostUsd: sum('wastedCostUsd'),
      },
      steps: [...steps],
      omittedSteps: 0,
    },
    changes,
  );
}

type AmountKey = Extract<keyof ReportRow, `${string}Hours` | `${string}CostUsd`>;

/** Three steps: one to shrink, one that is right, one that nobody has looked at. */
export function typicalReport(): Report {
  return report([
    reportRow(),
    reportRow({
      flow: 'EtlFlow',
      step: 'load_and_normalise',
      attempts: 6,
      runs: 6,
      wastedGibHours: 0.42,
      requestedGibHours: 3.9,
      wastedCoreHours: 0.2,
      requestedCoreHours: 1.1,
      requestedCostUsd: 0.062,
      wastedCostUsd: 0.01,
      peakMemoryMiB: 3660,
      current: { cpuCores: 1, memoryMiB: 4096 },
      suggestion: undefined,
      skip: { code: 'within-tolerance', detail: 'Memory: 4 GiB is within 10 % of the need.' },
    }),
    reportRow({
      step: 'start',
      attempts: 25,
      wastedGibHours: 0.004,
      requestedGibHours: 0.006,
      wastedCoreHours: 0.001,
      requestedCoreHours: 0.002,
      requestedCostUsd: 0.0001,
      wastedCostUsd: 0.00006,
      peakMemoryMiB: 84,
      current: {},
      suggestion: undefined,
    }),
  ]);
}

export function evidence(changes: Changes<Evidence> = {}): Evidence {
  return changed(
    {
      attempts: 25,
      runs: 25,
      firstAttemptAt: '2026-11-01T02:00:00.000Z',
      lastAttemptAt: '2026-11-23T02:31:00.000Z',
      peakMemoryMiB: { min: 1201, median: 1388, p95: 1490, max: 1507 },
      peakMemorySources: { 'cgroup-peak': 24, pss: 1 },
      largest: [
        { run: '1712', task: '3', attempt: 0, peakMemoryMiB: 1507 },
        { run: '1690', task: '3', attempt: 0, peakMemoryMiB: 1490 },
      ],
      memoryReplay: [
        memoryReplay({
          label: 'current',
          memoryMiB: 16_384,
          paidGibHours: 200,
          wastedGibHours: 181.6,
        }),
        memoryReplay({ label: 'neighbour', memoryMiB: 1408, failures: 6, retryHours: 3.1 }),
        memoryReplay({ label: 'suggested' }),
        memoryReplay({
          kind: 'strategy',
          label: 'percentile',
          memoryMiB: 1664,
          failures: 1,
          retryHours: 0.5,
        }),
      ],
      memoryBound: {
        failures: 0,
        attempts: 25,
        confidence: 0.95,
        upperBound: 0.00873,
        distributionFreeBound: 0.11293,
        tailIndex: 2,
        surprises: 120,
        attemptsNeeded: 299,
      },
      memoryMethod: {
        shadow: 'linear rows',
        formula: 'memory = 410 MiB + 2.1 MiB × rows, + 6 %',
        bills: [
          { shadow: 'linear rows', wasteRatio: 1 },
          { shadow: 'local rows', wasteRatio: 1.31 },
          { shadow: 'constant', wasteRatio: 2.74 },
        ],
        factor: 3.36,
        upperBound: 0.01,
      },
      cpuReplay: [
        {
          label: 'current',
          cpuCores: 8,
          stretchRatio: 1,
          addedHours: 0,
          paidCoreHours: 100,
          costUsd: 4.05,
          isLowerBound: false,
        },
        {
          label: 'suggested',
          cpuCores: 1,
          stretchRatio: 1.0123,
          addedHours: 0.15,
          paidCoreHours: 12.65,
          costUsd: 0.51,
          isLowerBound: false,
        },
      ],
      notes: ['25 failure-free attempts prove 11.3 %; 299 would prove 1 %.'],
    },
    changes,
  );
}

function memoryReplay(
  changes: Partial<Evidence['memoryReplay'][number]>,
): Evidence['memoryReplay'][number] {
  return {
    kind: 'value',
    label: 'suggested',
    memoryMiB: 1792,
    attempts: 25,
    failures: 0,
    worst: [],
    paidGibHours: 21.9,
    wastedGibHours: 3.5,
    retryHours: 0,
    costUsd: 0.097,
    ...changes,
  };
}

export function suggestion(changes: Changes<Suggestion> = {}): Suggestion {
  return changed(
    {
      suggestionId: 'suggestion-1',
      project: 'default',
      flow: 'TrainFlow',
      step: 'train',
      state: 'proposed',
      revision: 1,
      strategy: 'max-margin',
      createdAt: '2026-11-20T02:31:00.000Z',
      updatedAt: '2026-11-23T02:31:02.000Z',
      backend: 'kubernetes',
      declared: { cpuCores: 8, memoryMiB: 16_384 },
      effective: { cpuCores: 8, memoryMiB: 16_384 },
      suggested: { cpuCores: 1, memoryMiB: 1792 },
      suggestedEffective: { cpuCores: 1, memoryMiB: 1792 },
      plan: {
        first: { memoryMiB: 1792 },
        second: { memoryMiB: 2688 },
        last: { memoryMiB: 16_384 },
      },
      decoratorLine: '@kubernetes(cpu=1, memory=1880)',
      decoratorNote:
        'Kubernetes takes the larger of @resources and @kubernetes, so both must shrink.',
      reasons: ['Memory 1.75 GiB instead of 16 GiB: the largest need seen and 15 % more.'],
      savings: {
        gibHoursPerRun: 7.12,
        coreHoursPerRun: 3.49,
        gpuHoursPerRun: 0,
        costUsdPerRun: 0.173,
        costShare: 0.883,
        billedUnit: 'node',
      },
      evidence: evidence(),
    },
    changes,
  );
}

function attempt(changes: Changes<Attempt> = {}): Attempt {
  return changed(
    {
      attemptId: 'AbCdEfGhIjKlMnOpQrStUv',
      flow: 'TrainFlow',
      run: '1712',
      step: 'train',
      task: '3',
      attempt: 0,
      startedAt: '2026-11-23T02:00:00.000Z',
      endedAt: '2026-11-23T02:31:00.000Z',
      lastSeenAt: '2026-11-23T02:31:01.000Z',
      durationMs: 1_860_000,
      outcome: 'succeeded',
      outcomeSource: 'reported',
      declared: { cpuCores: 8, memoryMiB: 16_384 },
      request: { cpuCores: 8, memoryMiB: 16_384 },
      features: {},
      peakMemoryMiB: 1507,
      peakMemorySource: 'cgroup-peak',
      cpuSeconds: 1790,
    },
    changes,
  );
}

export function explanation(changes: Changes<StepExplanation> = {}): StepExplanation {
  return changed(
    {
      flow: 'TrainFlow',
      step: 'train',
      firstSeenAt: '2026-11-01T02:00:00.000Z',
      lastAttemptAt: '2026-11-23T02:31:00.000Z',
      settledAttempts: 25,
      tunedAt: '2026-11-23T02:31:02.000Z',
      tuneDue: false,
      suggestionId: 'suggestion-1',
      current: { cpuCores: 8, memoryMiB: 16_384 },
      suggestion: suggestion(),
      policy: DEFAULT_POLICY,
      recentAttempts: [
        attempt(),
        attempt({ run: '1711', attempt: 1, peakMemoryMiB: 1290, durationMs: 1_790_000 }),
        attempt({
          run: '1711',
          outcome: 'oom',
          outcomeSource: 'inferred',
          outcomeEvidence: 'the kernel killed a process',
          peakMemorySource: 'pss',
          cpuSeconds: undefined,
        }),
      ],
      prices: { name: 'example prices', isExample: true },
    },
    changes,
  );
}

export function system(changes: Changes<System> = {}): System {
  return changed(
    {
      version: '0.1.0',
      now: '2026-11-23T08:41:00.000Z',
      startedAt: '2026-11-23T08:00:00.000Z',
      store: 'pglite',
      roles: ['collector', 'tuner', 'api'],
      attempts: {
        settled: 120,
        running: 0,
        unsettled: 0,
        endedLastHour: 0,
        lastEndedAt: '2026-11-23T08:30:00.000Z',
      },
      steps: { total: 6, tuneDue: 0, withSuggestion: 4, skipped: 2 },
    },
    changes,
  );
}
