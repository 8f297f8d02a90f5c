import { type ChildProcess, spawn } from 'node:child_process';

const QUERY = 'index,uuid,utilization.gpu,memory.used,memory.total';
const BYTES_PER_MIB = 1024 * 1024;
const PERIOD_MS = 1000;

/** One GPU at one moment. What a card does not report is absent. */
export interface GpuReading {
  readonly index: number;
  readonly uuid: string;
  /** Share of time that it was busy, 0 to 1. */
  readonly utilization?: number;
  readonly memoryUsedBytes?: number;
  readonly memoryTotalBytes?: number;
}

/**
 * One line of `--format=csv,noheader,nounits` for the query above, or `undefined` if it is no such line.
 * Cards say `[N/A]` or `[Not Supported]` for what they do not report, such as MIG's utilisation.
 */
export function parseGpuLine(line: string): GpuReading | undefined {
  const fields = line.split(',').map((field) => field.trim());
  const [index, uuid, percent, usedMiB, totalMiB] = fields;
  if (fields.length !== 5 || index === undefined || uuid === undefined) return undefined;
  if (!/^\d+$/.test(index) || !/^(GPU|MIG)-/.test(uuid)) return undefined;
  const utilization = toNumber(percent);
  const memoryUsed = toNumber(usedMiB);
  const memoryTotal = toNumber(totalMiB);
  return {
    index: Number(index),
    uuid,
    ...(utilization !== undefined && { utilization: Math.min(utilization / 100, 1) }),
    ...(memoryUsed !== undefined && { memoryUsedBytes: Math.trunc(memoryUsed * BYTES_PER_MIB) }),
    ...(memoryTotal !== undefined && { memoryTotalBytes: Math.trunc(memoryTotal * BYTES_PER_MIB) }),
  };
}

/**
 * Whether a GPU is one that CUDA shows the attempt: `CUDA_VISIBLE_DEVICES` as indices or uuids. Unset means
 * all. CUDA stops at the first entry that it does not know, and so do we.
 */
export function isGpuVisible(gpu: GpuReading, visibleDevices: string | undefined): boolean {
  if (visibleDevices === undefined) return true;
  for (const entry of visibleDevices.split(',').map((part) => part.trim())) {
    if (/^\d+$/.test(entry)) {
      if (Number(entry) === gpu.index) return true;
    } else if (/^(GPU|MIG)-/.test(entry)) {
      if (gpu.uuid.startsWith(entry)) return true;
    } else {
      return false;
    }
  }
  return false;
}

function toNumber(text: string | undefined): number | undefined {
  const value = Number(text);
  return text === undefined || text === '' || !(value >= 0 && value < Number.POSITIVE_INFINITY)
    ? undefined
    : value;
}

export interface GpuWatchOptions {
  readonly visibleDevices: string | undefined;
  readonly command?: string;
  readonly say: (text: string) => void;
}

/**
 * The newest reading of each visible GPU, from one `nvidia-smi` that is kept running: starting it takes a
 * second on some machines. Where there is none, there are no GPUs, which is said once.
 */
export class GpuWatch {
  readonly #visibleDevices: string | undefined;
  #latest = new Map<string, GpuReading>();
  #child: ChildProcess | undefined;

  constructor({ visibleDevices, command = 'nvidia-smi', say }: GpuWatchOptions) {
    this.#visibleDevices = visibleDevices;
    const child = spawn(
      command,
      [`--query-gpu=${QUERY}`, '--format=csv,noheader,nounits', '-lms', String(PERIOD_MS)],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    child.on('error', () => {
      say('no nvidia-smi: GPUs are not measured');
    });
    let rest = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.#take(line);
    });
    // It must not keep the program alive.
    child.unref();
    (child.stdout as unknown as { unref?: () => void }).unref?.();
    this.#child = child;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Readings that arrived since the last call, one for each GPU: each is reported once. */
  take(): readonly GpuReading[] {
    const latest = [...this.#latest.values()];
    this.#latest = new Map();
    return latest.toSorted((a, b) => (a.uuid < b.uuid ? -1 : 1));
  }

  stop(): void {
    // Node 20 signals our whole process group for a child that could not be started, until it has said so.
    if (this.#child?.pid !== undefined) this.#child.kill('SIGKILL');
    this.#child = undefined;
  }

  #take(line: string): void {
    const gpu = parseGpuLine(line);
    const isVisible = gpu !== undefined && isGpuVisible(gpu, this.#visibleDevices);
    if (isVisible) this.#latest.set(gpu.uuid, gpu);
  }
}
