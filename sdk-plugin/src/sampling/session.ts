import { existsSync } from 'node:fs';
import { availableParallelism, hostname, totalmem } from 'node:os';
import { join } from 'node:path';

import {
  type AttemptEnd,
  type AttemptFacts,
  type AttemptIdentity,
  type Features,
  type Request,
  shortDigest,
} from '../attempt/attempt.ts';
import { CollectorClient } from '../delivery/collector-client.ts';
import { type Closing, Outbox } from '../delivery/outbox.ts';
import { Spool } from '../delivery/spool.ts';
import { Encoder, type Totals } from '../otlp/encoder.ts';
import { GpuWatch } from '../readers/gpu-watch.ts';
import { PortableTree } from '../readers/portable-tree.ts';
import type { TreeReader } from '../readers/process-reading.ts';
import { ProcessTree } from '../readers/process-tree.ts';
import type { Settings } from '../settings.ts';
import { SAMPLER } from '../version.ts';
import { exportAfterMs, sampleAfterMs } from './cadence.ts';
import { ownCpuMs } from './own-cpu.ts';
import { type CpuSeconds, type LastWord, Recorder, type RecorderOptions } from './recorder.ts';
import type { Sample } from './sample.ts';
import type { Say } from './say-once.ts';

const BYTES_PER_MIB = 1024 * 1024;
/** How long the sampler may outlive its attempt to deliver the end. */
export const GRACE_MS = 2_000;

export interface SessionOptions {
  readonly identity: AttemptIdentity;
  readonly request: Request;
  readonly features: Features;
  readonly facts?: AttemptFacts;
  readonly startedMs: number;
  /** Root of the process tree that is the attempt. */
  readonly rootPid: number;
  readonly cpuBefore: CpuSeconds;
  readonly isOlderRoot?: boolean;
  readonly cgroup?: RecorderOptions['cgroup'];
  readonly settings: Settings;
  readonly say: Say;
}

/** Takes samples instead of the outbox: how a program's own OpenTelemetry gets them. */
export interface SampleSink {
  /** Facts that took a while to find out. */
  learn?(facts: AttemptFacts): void;
  add(sample: Sample, how: { readonly flush: boolean }): void;
  close(closing: Closing, withinMs: number, hurry?: Promise<void>): Promise<void>;
}

/** Samples one attempt from its start to its end, and reports it. */
export class Session {
  readonly #recorder: Recorder;
  readonly #sink: SampleSink;
  readonly #gpus: GpuWatch;
  readonly #longestIntervalMs: number;
  #next: NodeJS.Timeout | undefined;
  #sampling: Promise<void> | undefined;
  #isOver = false;
  #exportAtMs = 0;
  #spentMs = 0;

  constructor(options: SessionOptions, sink?: SampleSink, tree?: TreeReader) {
    const { settings, say, cgroup } = options;
    this.#gpus = new GpuWatch({ env: process.env, say });
    this.#longestIntervalMs = settings.intervalMs;
    this.#recorder = new Recorder({
      tree: tree ?? openTree(options.rootPid, (pid) => this.#gpus.isOwn(pid)),
      startedMs: options.startedMs,
      cpuBefore: options.cpuBefore,
      isOlderRoot: options.isOlderRoot === true,
      takeGpus: () => this.#gpus.take(),
      say,
      ...(cgroup !== undefined && { cgroup }),
    });
    this.#sink = sink ?? openOutbox(options, this.#recorder.limits);
  }

  get totals(): Totals {
    return { peak: this.#recorder.peak, cpuS: this.#recorder.cpuS };
  }

  get oomKills(): number {
    return this.#recorder.oomKills;
  }

  start(): void {
    this.#sink.add(this.#recorder.firstSample(), { flush: false });
    this.#tick();
  }

  /** Adds facts that took a while to find out. */
  learn(facts: AttemptFacts): void {
    this.#sink.learn?.(facts);
  }

  /** Takes no more samples but the last one, which has the attempt's own last word. */
  async stop(word?: LastWord): Promise<void> {
    this.#isOver = true;
    clearTimeout(this.#next);
    await this.#sampling;
    const last = await this.#recorder.sample(word);
    if (last !== undefined) this.#sink.add(last, { flush: false });
    this.#gpus.stop();
  }

  /** Reports the end, within {@link GRACE_MS} whatever the collector does, and no later than `hurry`. */
  async report(end: AttemptEnd, hurry?: Promise<void>): Promise<void> {
    await this.#sink.close({ end, totals: this.totals }, GRACE_MS, hurry);
  }

  #tick(): void {
    this.#sampling = this.#sample();
  }

  async #sample(): Promise<void> {
    const beganMs = ownCpuMs();
    const sample = await this.#recorder.sample();
    this.#spentMs += ownCpuMs() - beganMs;
    const { clock, isRestless } = this.#recorder;
    const elapsedMs = clock.elapsedMs();
    if (sample !== undefined) {
      const flush = elapsedMs >= this.#exportAtMs;
      if (flush) this.#exportAtMs = elapsedMs + exportAfterMs(elapsedMs);
      this.#sink.add(sample, { flush });
    }
    if (this.#isOver) return;
    const [longestMs, spentMs] = [this.#longestIntervalMs, this.#spentMs];
    this.#next = setTimeout(() => {
      this.#tick();
    }, sampleAfterMs({ elapsedMs, longestMs, isRestless, spentMs }));
    this.#next.unref();
  }
}

/** What is known of the attempt's start besides its identity, by the contract's keys. */
export function startFacts(request: Request, facts: AttemptFacts = {}): AttemptFacts {
  const { cpuCores, memoryMiB, gpuCount } = request;
  return {
    backend: 'command',
    hostName: hostname(),
    hostCpuCores: availableParallelism(),
    hostMemoryMiB: Math.round((totalmem() / BYTES_PER_MIB) * 10) / 10,
    ...(cpuCores !== undefined && { declaredCpuCores: cpuCores, requestCpuCores: cpuCores }),
    ...(memoryMiB !== undefined && { declaredMemoryMiB: memoryMiB, requestMemoryMiB: memoryMiB }),
    ...(gpuCount !== undefined && { declaredGpuCount: gpuCount, requestGpuCount: gpuCount }),
    ...facts,
  };
}

/** The kernel's files where there are any, `ps` and pidusage elsewhere. */
function openTree(rootPid: number, isExcluded: (pid: number) => boolean): TreeReader {
  return existsSync('/proc/self/stat')
    ? new ProcessTree({ rootPid, isExcluded })
    : new PortableTree(rootPid, isExcluded);
}

function openOutbox(
  { identity, startedMs, request, facts, features, settings, say }: SessionOptions,
  limits: Recorder['limits'],
): Outbox {
  const { url, token, spoolDir } = settings;
  const known = {
    ...startFacts(request, facts),
    ...(limits.memoryBytes !== undefined && { limitMemoryMiB: limits.memoryBytes / BYTES_PER_MIB }),
    ...(limits.cpuCores !== undefined && { limitCpuCores: limits.cpuCores }),
  };
  return new Outbox({
    encoder: new Encoder({ identity, startedMs, facts: known, features, sampler: SAMPLER }),
    client: new CollectorClient({ url, userAgent: SAMPLER, ...(token !== undefined && { token }) }),
    spool: new Spool(join(spoolDir, shortDigest(url))),
    say,
  });
}
