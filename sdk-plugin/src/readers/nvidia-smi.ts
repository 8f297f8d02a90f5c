import { type GpuReading, toAmount, toGpuReading } from './gpu-reading.ts';

const BYTES_PER_MIB = 1024 * 1024;

/** Prints a line for each card every `periodMs`, until it is killed. */
export function nvidiaSmiArguments(periodMs: number): readonly string[] {
  const query = '--query-gpu=index,uuid,utilization.gpu,memory.used,memory.total';
  return [query, '--format=csv,noheader,nounits', '-lms', String(periodMs)];
}

/**
 * One line of what {@link nvidiaSmiArguments} ask for, or `undefined` if it is no such line. Cards say `[N/A]` or
 * `[Not Supported]` for what they do not report, such as MIG's utilisation.
 */
export function parseGpuLine(line: string): GpuReading | undefined {
  const fields = line.split(',').map((field) => field.trim());
  const [index, uuid, percent, usedMiB, totalMiB] = fields;
  if (fields.length !== 5 || index === undefined || uuid === undefined) return undefined;
  if (!/^\d+$/.test(index) || !/^(GPU|MIG)-/.test(uuid)) return undefined;
  return toGpuReading(Number(index), uuid, {
    percent: toAmount(percent),
    usedBytes: toAmount(usedMiB) * BYTES_PER_MIB,
    totalBytes: toAmount(totalMiB) * BYTES_PER_MIB,
  });
}
