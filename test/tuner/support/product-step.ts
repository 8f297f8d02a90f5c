import type { AttemptTable } from '@stepfit/collector/db/tables';
import { createRandom, normal } from '@stepfit/tuner/quantile-net/random';
import type { Insertable } from 'kysely';

import { attemptRow, NOW } from './rows.ts';

const MINUTE_MS = 60_000;

/**
 * Three steps taking turns, an attempt each ten minutes, each over by the time the next starts. `table` needs
 * a product of two numbers, which no form of one number sees through; `scan` a multiple of the one number
 * that it states; `plain` states nothing.
 */
export function stepsWithFeatures(attempts: number): Insertable<AttemptTable>[] {
  const random = createRandom(7);
  return Array.from({ length: attempts }, (_, index) => {
    const rows = Math.round(20 * 100 ** random());
    const columns = Math.round(2 * 100 ** random());
    const steps = [
      { step: 'table', needMiB: 160 + (rows * columns) / 20, features: { rows, columns } },
      { step: 'scan', needMiB: 200 + 2 * rows, features: { rows } },
      { step: 'plain', needMiB: 900, features: {} },
    ];
    const { step, needMiB, features } = steps[index % steps.length] as (typeof steps)[number];
    const startedAt = NOW.getTime() - (attempts - index) * 10 * MINUTE_MS;
    return attemptRow({
      step,
      run: String(index),
      started_at: new Date(startedAt),
      ended_at: new Date(startedAt + 9 * MINUTE_MS),
      duration_ms: 9 * MINUTE_MS,
      features: JSON.stringify(features),
      request_memory_mib: 32_768,
      declared_memory_mib: 32_768,
      declared_decorators: JSON.stringify([{ name: 'resources', attributes: { memory: 32_768 } }]),
      peak_memory_mib: needMiB * Math.exp(0.05 * normal(random)),
    });
  });
}
