import { readCgroup } from '../readers/cgroup.ts';
import { DiskUse, type InOut, NetworkUse } from '../readers/container-io.ts';
import { CoreWaits } from '../readers/core-waits.ts';
import { CpuLimit } from '../readers/cpu-limit.ts';
import type { GpuReading } from '../readers/gpu-reading.ts';
import { OomWitness } from '../readers/oom-witness.ts';
import type { ProcessReading, TreeReader } from '../readers/process-reading.ts';
import { Restlessness } from './cadence.ts';
import { CgroupMemory } from './cgroup-memory.ts';
import { Counters } from './counters.ts';
import { guarded } from './guard.ts';
import { ownCpuMs } from './own-cpu.ts';
import { Peak } from './peak.ts';
import { SampleClock } from './sample-clock.ts';
import { gpuPoints, point, type Sample, type SamplePoint } from './sample.ts';
import { type EndMarks, TreeMemory } from './tree-memory.ts';

/**
 * Asking for shares (PSS) makes the kernel walk page tables: a quarter second of that to begin with, and half a
 * thousandth of the time gone by.
 */
const SHARES_ALLOWANCE_MS = 250;
const SHARES_SHARE_OF_TIME = 0.0005;
const NO_NEED = { needBytes: 0 };

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
  /** The root did other things before the attempt began: its earlier marks are not the attempt's. */
  readonly isOlderRoot?: boolean;
  /** The memory cgroup that belongs to the attempt; `isFresh` where it was made for it. */
  readonly cgroup?: { readonly folder: string; readonly isFresh: boolean };
  readonly takeGpus: () => readonly GpuReading[];
  /** Told once when a reader fails. */
  readonly say: (text: string) => void;
}

/** Everything that is read of one attempt. Each reader may fail: that costs its own points, and nothing else. */
export class Recorder {
  readonly clock: SampleClock;
  readonly #options: RecorderOptions;
  /** Absent where the attempt's own container is asked instead. */
  readonly #tree: TreeMemory | undefined;
  readonly #cgroup: CgroupMemory | undefined;
  readonly #waits = new CoreWaits();
  readonly #counters = new Counters();
  readonly #restlessness = new Restlessness();
  readonly #witness: OomWitness | undefined;
  readonly #cpuLimit: CpuLimit | undefined;
  readonly #disk: DiskUse | undefined;
  readonly #network: NetworkUse | undefined;
  #sharesSpentMs = 0;

  constructor(options: RecorderOptions) {
    const { cgroup, tree, say, startedMs } = options;
    this.#options = options;
    this.clock = new SampleClock(startedMs);
    if (cgroup === undefined || cgroup.isFresh) this.#tree = new TreeMemory(options);
    if (cgroup === undefined) {
      this.#witness = guarded(say, 'OOM kills', () => new OomWitness(tree.rootPid));
    } else {
      this.#cgroup = new CgroupMemory(cgroup);
      this.#cpuLimit = guarded(say, 'the CPU limit', () => new CpuLimit(tree.rootPid));
      this.#disk = guarded(say, 'disks', () => new DiskUse(tree.rootPid));
      this.#network = guarded(say, 'the network', () => new NetworkUse(tree.rootPid));
    }
  }

  /**
   * A cgroup made for the attempt is left without processes at its end, and may not be charged for the files that
   * they had mapped, such as the program itself: the tree's marks hold those, and the higher word counts.
   */
  get peak(): Peak {
    const [tree, cgroup] = [this.#tree?.peak, this.#cgroup?.peak];
    if (tree === undefined || cgroup === undefined) return tree ?? cgroup ?? new Peak();
    return tree.bytes > cgroup.bytes ? tree : cgroup;
  }

  get cpuS(): number {
    return this.#counters.value('cpuTime', 'user') + this.#counters.value('cpuTime', 'system');
  }

  /** In the attempt's own cgroup since it began; elsewhere lately, and by its own trouble its own. */
  get oomKills(): number {
    return this.#cgroup?.oomKills ?? this.#witness?.killsLately() ?? 0;
  }

  get isRestless(): boolean {
    return this.#restlessness.isRestless;
  }

  /** What the attempt's own cgroup allows: bytes and cores. */
  get limits(): { readonly memoryBytes?: number; readonly cpuCores?: number } {
    const { cgroup } = this.#options;
    const memoryBytes = cgroup === undefined ? undefined : readCgroup(cgroup.folder)?.limit;
    const cpuCores = this.#cpuLimit?.cores;
    return {
      ...(memoryBytes !== undefined && { memoryBytes }),
      ...(cpuCores !== undefined && { cpuCores }),
    };
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

  /** Reads everything once; `undefined` when the processes are gone, and left no word. */
  async sample(end?: LastWord): Promise<Sample | undefined> {
    const atMs = this.clock.stampMs();
    const { say } = this.#options;
    const readings = await this.#readTree();
    guarded(say, 'memory', () => {
      this.#foldMemory(readings, end);
    });
    guarded(say, 'OOM kills', () => this.#witness?.look());
    if (readings.length === 0 && end === undefined) return undefined;
    const points = [
      guarded(say, 'CPU time', () => this.#cpuPoints(readings, end)),
      guarded(say, 'waiting', () => this.#waitPoints(readings)),
      guarded(say, 'throttling', () => this.#throttlePoints()),
      guarded(say, 'memory', () => this.#memoryPoints(readings)),
      guarded(say, 'disks', () => this.#diskPoints(readings)),
      guarded(say, 'the network', () => this.#networkPoints()),
      guarded(say, 'GPUs', () => this.#options.takeGpus().flatMap(gpuPoints)),
    ].flatMap((found) => found ?? []);
    return points.length === 0 ? undefined : { atMs, points };
  }

  async #readTree(): Promise<readonly ProcessReading[]> {
    try {
      return await this.#options.tree.read();
    } catch (error) {
      this.#options.say(`reading processes failed: ${String(error)}`);
      return [];
    }
  }

  #foldMemory(readings: readonly ProcessReading[], end: LastWord | undefined): void {
    const { cgroup } = this.#options;
    const reading = cgroup === undefined ? undefined : readCgroup(cgroup.folder);
    if (reading !== undefined) this.#cgroup?.fold(reading, readings);
    if (readings.length > 0 && this.#tree !== undefined) {
      this.#measureShares(this.#tree, readings);
      this.#tree.fold(readings);
    }
    const { needBytes } = this.#cgroup ?? this.#tree ?? NO_NEED;
    this.#restlessness.fold(
      needBytes,
      readings.map(({ key }) => key),
    );
    if (end !== undefined) {
      this.#cgroup?.foldEnd(end);
      this.#tree?.foldEnd(end);
    }
  }

  #measureShares(memory: TreeMemory, readings: readonly ProcessReading[]): void {
    const allowedMs = SHARES_ALLOWANCE_MS + SHARES_SHARE_OF_TIME * this.clock.elapsedMs();
    if (this.#sharesSpentMs >= allowedMs || !memory.wantsShares(readings)) return;
    const beganMs = ownCpuMs();
    for (const reading of readings.toSorted((a, b) => b.rssBytes - a.rssBytes)) {
      this.#options.tree.readShare(reading);
      if (this.#sharesSpentMs + ownCpuMs() - beganMs > allowedMs) break;
    }
    this.#sharesSpentMs += ownCpuMs() - beganMs;
  }

  #cpuPoints(readings: readonly ProcessReading[], end: LastWord | undefined): SamplePoint[] {
    const { tree, cpuBefore } = this.#options;
    const userS = total(readings, ({ userS: own }) => own) + tree.departedUserS;
    const systemS = total(readings, ({ systemS: own }) => own) + tree.departedSystemS;
    const [user, system] = [Math.max(userS, end?.userS ?? 0), Math.max(systemS, end?.systemS ?? 0)];
    return [
      this.#counters.raise('cpuTime', user - cpuBefore.userS, 'user'),
      this.#counters.raise('cpuTime', system - cpuBefore.systemS, 'system'),
    ];
  }

  #waitPoints(readings: readonly ProcessReading[]): SamplePoint[] {
    const waitedS = this.#waits.fold(readings);
    return waitedS === undefined ? [] : [this.#counters.raise('cpuWait', waitedS)];
  }

  #throttlePoints(): SamplePoint[] {
    const throttledS = this.#cpuLimit?.throttledS();
    return throttledS === undefined ? [] : [this.#counters.raise('cpuThrottled', throttledS)];
  }

  #memoryPoints(readings: readonly ProcessReading[]): SamplePoint[] {
    const { peak } = this;
    const points = peak.bytes > 0 ? [point('memoryPeak', peak.bytes, peak.source)] : [];
    if (this.#cgroup !== undefined) {
      const { needBytes, cacheBytes, oomKills } = this.#cgroup;
      points.push(point('memoryUsage', needBytes), point('memoryCache', cacheBytes));
      if (oomKills !== undefined) points.push(this.#counters.raise('oomKills', oomKills));
    } else if (this.#tree !== undefined && readings.length > 0) {
      points.push(point('memoryUsage', this.#tree.needBytes));
    }
    if (readings.length > 0) points.push(point('processCount', readings.length));
    return points;
  }

  /** The larger of what processes and the container's devices count: each misses what the other sees. */
  #diskPoints(readings: readonly ProcessReading[]): SamplePoint[] {
    const devices = this.#disk?.read();
    if (readings.length === 0 && devices === undefined) return [];
    const [read, written] = devices ?? [0, 0];
    return this.#inOut(
      'diskIo',
      ['read', 'write'],
      [
        Math.max(
          read,
          total(readings, ({ readBytes }) => readBytes),
        ),
        Math.max(
          written,
          total(readings, ({ writeBytes }) => writeBytes),
        ),
      ],
    );
  }

  #networkPoints(): SamplePoint[] {
    const used = this.#network?.read();
    return used === undefined ? [] : this.#inOut('networkIo', ['receive', 'transmit'], used);
  }

  #inOut(
    metric: 'diskIo' | 'networkIo',
    [inLabel, outLabel]: readonly [string, string],
    [incoming, outgoing]: InOut,
  ): SamplePoint[] {
    return [
      this.#counters.raise(metric, incoming, inLabel),
      this.#counters.raise(metric, outgoing, outLabel),
    ];
  }
}

function total(
  readings: readonly ProcessReading[],
  valueOf: (reading: ProcessReading) => number,
): number {
  return readings.reduce((sum, reading) => sum + valueOf(reading), 0);
}
