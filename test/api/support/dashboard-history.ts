import type { ServedApp } from './served-app.ts';

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

/**
 * A flow of two steps over twelve runs, far too large in memory and cores, with needs that differ and a run
 * whose attempt ran out of memory; and a flow of somebody else. Settled and tuned.
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
  }
  await served.settleAndTune();
}
