import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { startRecordingCollector } from '../support/metaflow-collector.ts';
import { trackerPython } from '../support/tracker-python.ts';

const PLUGINS = join(
  import.meta.dirname,
  '../../sdk-plugin/python/metaflow_extensions/stepfit/plugins',
);
const SECONDS = 60;

interface Cost {
  readonly processes: number;
  /** Share of a core once the dense start is over. */
  readonly steadyCoreShare: number;
  /** From its start on, the start included. */
  readonly wholeCoreShare: number;
  readonly peakRssKiB: number;
  readonly pssKiB: number;
}

interface Costs {
  readonly seconds: number;
  readonly settleSeconds: number;
  readonly processes: number;
  readonly ours: Cost;
  readonly theirs: Cost;
}

/**
 * What measuring 20 processes with 200 MB of shared memory costs at 1 Hz, beside resource-tracker 0.5 on the same
 * processes at the same time. Ours delivers to a collector and writes its card meanwhile.
 */
export async function benchSamplerCost(): Promise<void> {
  const python = await trackerPython();
  const collector = await startRecordingCollector();
  const folder = mkdtempSync(join(tmpdir(), 'stepfit-cost-'));
  try {
    const script = join(import.meta.dirname, 'sampler_cost.py');
    const { stdout } = await promisify(execFile)(python, [
      script,
      PLUGINS,
      collector.url,
      String(SECONDS),
      folder,
    ]);
    if (collector.exports.length === 0) throw new Error('The sampler delivered nothing.');
    print(JSON.parse(stdout) as Costs);
  } finally {
    await collector.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function print({ seconds, settleSeconds, processes, ours, theirs }: Costs): void {
  process.stdout.write(
    `\nMeasuring ${processes} processes with 200 MB of shared memory, 1 Hz, ${seconds} s after ${settleSeconds} s\n`,
  );
  const rows: readonly (readonly [string, (cost: Cost) => number, string])[] = [
    ['processor time, per cent of a core', ({ steadyCoreShare }) => 100 * steadyCoreShare, '%'],
    ['the same from its start on', ({ wholeCoreShare }) => 100 * wholeCoreShare, '%'],
    ['resident memory at most, all its processes', ({ peakRssKiB }) => peakRssKiB / 1024, 'MiB'],
    ['proportional share of memory at the end', ({ pssKiB }) => pssKiB / 1024, 'MiB'],
  ];
  for (const [what, of, unit] of rows) {
    const ratio = of(ours) / of(theirs);
    const figures = [of(ours), of(theirs)].map((figure) =>
      `${figure.toFixed(2)} ${unit}`.padStart(10),
    );
    process.stdout.write(
      `  ${what.padEnd(44)} ${figures[0]}  resource-tracker ${figures[1]}  ${ratio.toFixed(2)} × baseline\n`,
    );
  }
}
