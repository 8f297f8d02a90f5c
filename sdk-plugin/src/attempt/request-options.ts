import type { Request } from './attempt.ts';

const MIB_PER_GIB = 1024;
/** Of a gibibyte: what people write in it has two decimals at most. */
const GIB_STEPS = 4;
/** What arithmetic may leave of a whole number. */
const SLACK = 1e-6;

/** A request as `stepfit run` can be asked for it: whole MiB and thousandths of a core, rounded up. */
export function roundRequest({ cpuCores, memoryMiB, gpuCount }: Request): Request {
  return {
    ...(cpuCores !== undefined && { cpuCores: Math.ceil(cpuCores * 1000 - SLACK) / 1000 }),
    ...(memoryMiB !== undefined && { memoryMiB: Math.ceil(memoryMiB - SLACK) }),
    ...(gpuCount !== undefined && { gpuCount }),
  };
}

/** The options of `stepfit run` for a request, rounded up: `--cpu 2 --memory 1GiB --gpu 1`. */
export function requestOptions(request: Request): string {
  const { cpuCores, memoryMiB, gpuCount } = roundRequest(request);
  return [
    ...(cpuCores === undefined ? [] : [`--cpu ${cpuCores}`]),
    ...(memoryMiB === undefined ? [] : [`--memory ${memoryOption(memoryMiB)}`]),
    ...(gpuCount === undefined ? [] : [`--gpu ${gpuCount}`]),
  ].join(' ');
}

/** Exact: `1.5GiB` in quarters of a GiB, else `1700MiB`. */
function memoryOption(memoryMiB: number): string {
  return memoryMiB % (MIB_PER_GIB / GIB_STEPS) === 0 && memoryMiB >= MIB_PER_GIB
    ? `${memoryMiB / MIB_PER_GIB}GiB`
    : `${memoryMiB}MiB`;
}
