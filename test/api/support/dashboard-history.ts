import type { SampledGpu, ServedApp } from './served-app.ts';

const HOUR_MS = 3_600_000;
const RUNS = 12;

const DECLARED = {
  declaredCpuCores: 8,
  declaredMemoryMiB: 16_384,
  declaredDecorators: JSON.stringify([
    { name: 'resources', attributes: { cpu: 8, memory: 16_384 } },
  ]),
  requestCpuCores: 8,
  requestMemoryMiB: 16_384,
  backend: 'local',
} as const;

/** Of two GPUs that are asked for, one works and one is never touched. */
export const GPUS: readonly SampledGpu[] = [
  { id: '0', utilization: 0.82, usedMiB: 14_800, limitMiB: 81_920 },
  { id: '1', utilization: 0, usedMiB: 0, limitMiB: 81_920 },
];

/**
 * A flow of two steps over twelve runs, far too large in memory and cores, with needs that differ and a run
 * whose attempt ran out of memory; a flow of somebody else; and one that asks for two GPUs and uses one.
 * Settled and tuned.
 */
export async function ingestDashboardHistory(served: ServedApp): Promise<void> {
  const firstMs = Date.now() - 3 * HOUR_MS;
  for (let run = 0; run < RUNS; run += 1) {
    const facts = { run: `run-${run}`, startMs: firstMs + run * 120_000, ...DECLARED };
    await served.ingest({
      ...facts,
      flow: 'TrainFlow',
      owner: 'ana',
      step: 'train',
      stepParents: '["load"]',
      task: `task-${run}`,
      peakMiB: 300 + 37 * ((run * 5) % RUNS),
      outcome: 'succeeded',
    });
    await served.ingest({
      ...facts,
      flow: 'TrainFlow',
      owner: 'ana',
      step: 'load',
      stepParents: '[]',
      task: `load-${run}`,
      peakMiB: run === 3 ? 16_000 : 900 + run,
      outcome: run === 3 ? 'oom' : 'succeeded',
    });
    await served.ingest({
      ...facts,
      flow: 'ReportFlow',
      owner: 'bo',
      step: 'render',
      task: `render-${run}`,
      peakMiB: 2000 + run,
      outcome: 'succeeded',
    });
    await served.ingest({
      ...facts,
      flow: 'EmbedFlow',
      owner: 'bo',
      step: 'embed',
      task: `embed-${run}`,
      declaredGpuCount: 2,
      requestGpuCount: 2,
      limitMemoryMiB: 16_384,
      limitCpuCores: 12,
      peakMiB: 9000 + 20 * run,
      gpus: GPUS,
      outcome: 'succeeded',
    });
  }
  await served.settleAndTune();
}
