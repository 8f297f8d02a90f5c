import { findMemoryCgroup, readCgroup } from '../readers/cgroup.ts';
import { CoreWaits } from '../readers/core-waits.ts';
import type { GpuReading } from '../readers/nvidia-smi.ts';
import type { ProcessReading, TreeReader } from '../readers/process-reading.ts';
import { CgroupMemory } from './cgroup-memory.ts';
import { Counters } from './counters.ts';
import type { Peak } from './peak.ts';
import { point, type Sample, type SamplePoint } from './sample.ts';
import { SampleClock } from './sample-clock.ts';
import { type EndMarks, TreeMemory } from './tree-memory.ts';

/**
 * Asking for shares (PSS) makes the kernel walk page tables: a quarter second of that to begin with, and half
 * a per cent of the time gone by.
 */
const SHARES_ALLOWANCE_MS = 250;
const SHARES_SHARE_OF_TIME = 0.005;

export interface CpuSeconds {
  readonly userS: number;
  readonly systemS: number;
}

/** What is known exactly when the attempt has ended, where samples are not exact. */
export interface LastWord extends CpuSeconds, EndMarks {}

export interface RecorderOptions {
  readonly tree: TreeReader;
  readonly startedMs: number;
  /** CPU seconds that the root had used before the attempt began. */
  readonly cpuBefore: CpuSeconds;
  /** The memory cgroup that belongs to the attempt; `isFresh` where it was made for it. */
  readonly cgroup?: { readonly folder: string; readonly isFresh: boolean };
  readonly takeGpus: () => readonly GpuReading[];
  /** Told once when a reader fails. */
  readonly say: (text: string) => void;
}

/** Turns what is read at one moment into a sample. */
export class Recorder {
  readonly clock: SampleClock;
  readonly #options: RecorderOptions;
  readonly #memory = new TreeMemory();
  readonly #waits = new CoreWaits();
  readonly #counters = new Counters();
  readonly #cgroup: CgroupMemory | undefined;
  #sharesSpentMs = 0;
  #hasFailed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.clock = new SampleClock(options.startedMs);
    this.#cgroup = options.cgroup && new CgroupMemory({ isFresh: options.cgroup.isFresh });
  }

  get peak(): Peak {
    return this.#cgroup?.peak ?? this.#memory.peak;
  }

  get cpuS(): number {
    return this.#counters.value('cpuTime', 'user') + this.#counters.value('cpuTime', 'system');
  }

  get oomKills(): number {
    return this.#cgroup?.oomKills ?? 0;
  }

  /** Memory that the attempt's own cgroup allows, bytes. */
  get limitBytes(): number | undefined {
    const { cgroup } = this.#options;
    return cgroup === undefined ? undefined : readCgroup(cgroup.folder)?.limit;
  }

  /**
   * What is known before anything was read: the counters begin. An attempt that is killed at once leaves this
   * trace of having been.
   */
  firstSample(): Sample {
    return {
      atMs: this.clock.startedMs,
      points: ['user', 'system'].map((mode) => this.#counters.raise('cpuTime', 0, mode)),
    };
  }

  /**
   * Reads everything once; `undefined` when there is nothing to tell: the processes are gone, and left no
   * word. A reading that makes no sense costs this sample, not the ones to come.
   */
  async sample(end?: LastWord): Promise<Sample | undefined> {
    const atMs = this.clock.stampMs();
    try {
      const readings = await this.#options.tree.read();
      return this.#toSample(atMs, readings, end);
    } catch (error) {
      if (!this.#hasFailed) this.#options.say(`a sample failed: ${String(error)}`);
      this.#hasFailed = true;
      return undefined;
    }
  }

  #toSample(
    atMs: number,
    readings: readonly ProcessReading[],
    end: LastWord | undefined,
  ): Sample | undefined {
    if (readings.length > 0) this.#foldMemory(readings);
    if (end !== undefined) this.#memory.foldEnd(end);
    if (this.#cgroup !== undefined && this.#options.cgroup !== undefined) {
      const reading = readCgroup(this.#options.cgroup.folder);
      if (reading !== undefined) this.#cgroup.fold(reading);
    }
    if (readings.length === 0 && end === undefined) return undefined;
    const points = [
      ...this.#cpuPoints(readings, end),
      ...this.#memoryPoints(readings),
      ...this.#diskPoints(readings),
      ...this.#options.takeGpus().flatMap(gpuPoints),
    ];
    return { atMs, points };
  }

  #foldMemory(readings: readonly ProcessReading[]): void {
    const allowedMs = SHARES_ALLOWANCE_MS + SHARES_SHARE_OF_TIME * this.clock.elapsedMs();
    const isAffordable = this.#cgroup === undefined && this.#sharesSpentMs < allowedMs;
    if (isAffordable && this.#memory.wantsShares(readings)) {
      const beganMs = performance.now();
      for (const reading of readings.toSorted((a, b) => b.rssBytes - a.rssBytes)) {
        this.#options.tree.readShare(reading);
        if (this.#sharesSpentMs + performance.now() - beganMs > allowedMs) break;
      }
      this.#sharesSpentMs += performance.now() - beganMs;
    }
    this.#memory.fold(readings);
  }

  #cpuPoints(readings: readonly ProcessReading[], end: LastWord | undefined): SamplePoint[] {
    const { tree, cpuBefore } = this.#options;
    const userS = total(readings, ({ userS: own }) => own) + tree.departedUserS;
    const systemS = total(readings, ({ systemS: own }) => own) + tree.departedSystemS;
    const points = [
      this.#counters.raise('cpuTime', Math.max(userS, end?.userS ?? 0) - cpuBefore.userS, 'user'),
      this.#counters.raise(
        'cpuTime',
        Math.max(systemS, end?.systemS ?? 0) - cpuBefore.systemS,
        'system',
      ),
    ];
    const waitedS = this.#waits.fold(readings.map(({ pid }) => pid));
    if (waitedS !== undefined) points.push(this.#counters.raise('cpuWait', waitedS));
    return points;
  }

  #memoryPoints(readings: readonly ProcessReading[]): SamplePoint[] {
    const points = [point('memoryPeak', this.peak.bytes, this.peak.source)];
    if (this.#cgroup !== undefined) {
      points.push(point('memoryUsage', this.#cgroup.needBytes));
      points.push(point('memoryCache', this.#cgroup.cacheBytes));
      const { oomKills } = this.#cgroup;
      if (oomKills !== undefined) points.push(this.#counters.raise('oomKills', oomKills));
    } else if (readings.length > 0) {
      points.push(point('memoryUsage', this.#memory.needBytes));
    }
    if (readings.length > 0) points.push(point('processCount', readings.length));
    return points;
  }

  #diskPoints(readings: readonly ProcessReading[]): SamplePoint[] {
    if (readings.length === 0) return [];
    return [
      this.#counters.raise('diskIo', total(readings, ({ readBytes }) => readBytes), 'read'),
      this.#counters.raise('diskIo', total(readings, ({ writeBytes }) => writeBytes), 'write'),
    ];
  }
}

/** The cgroup that a process runs in, for an attempt that has it for itself. */
export function ownCgroup(pid: number): RecorderOptions['cgroup'] {
  const folder = findMemoryCgroup(pid);
  return folder === undefined ? undefined : { folder, isFresh: false };
}

function gpuPoints(gpu: GpuReading): SamplePoint[] {
  const points: SamplePoint[] = [];
  if (gpu.utilization !== undefined) {
    points.push(point('gpuUtilization', gpu.utilization, gpu.uuid));
  }
  if (gpu.memoryUsedBytes !== undefined) {
    points.push(point('gpuMemoryUsage', gpu.memoryUsedBytes, gpu.uuid));
  }
  if (gpu.memoryTotalBytes !== undefined) {
    points.push(point('gpuMemoryLimit', gpu.memoryTotalBytes, gpu.uuid));
  }
  return points;
}

function total(
  readings: readonly ProcessReading[],
  valueOf: (reading: ProcessReading) => number,
): number {
  return readings.reduce((sum, reading) => sum + valueOf(reading), 0);
}
