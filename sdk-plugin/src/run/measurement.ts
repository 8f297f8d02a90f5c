import type { AttemptIdentity, Features, Request } from '../attempt/attempt.ts';
import { findMemoryCgroup } from '../readers/cgroup.ts';
import { childrenMaxRss, ownAnonymousBytes, waitedCpu } from '../readers/children-marks.ts';
import { readHostFacts } from '../readers/host-facts.ts';
import type { CpuSeconds, RecorderOptions } from '../sampling/recorder.ts';
import { type Say, sayOnce } from '../sampling/say-once.ts';
import { Session } from '../sampling/session.ts';
import type { Settings } from '../settings.ts';
import { askAdvice } from './ask-advice.ts';
import type { Death } from './die-alike.ts';
import { judgeDeath } from './judge-death.ts';
import { type Advice, summaryLine } from './summary.ts';

/** Finding out what the machine is costs more than a short command is worth. */
const HOST_FACTS_AFTER_MS = 5_000;
/** A short command ends before the server has answered; its end must not wait long for a word of advice. */
const LAST_PATIENCE_MS = 100;
const NO_CPU: CpuSeconds = { userS: 0, systemS: 0 };

export interface MeasurementOptions {
  readonly identity: AttemptIdentity;
  readonly settings: Settings;
  readonly request: Request;
  readonly features: Features;
  readonly codeVersion?: string;
  readonly startedMs: number;
  readonly rootPid: number;
  /** The cgroup that was made for the command. */
  readonly enforcedFolder?: string;
  readonly tell: (text: string) => void;
}

/** The sampler beside one command, from its start to its end. */
export class Measurement {
  readonly #options: MeasurementOptions;
  readonly #say: Say;
  readonly #session: Session;
  /** What a forked child held of our own memory, before it became the command. */
  readonly #noiseBytes = ownAnonymousBytes();
  readonly #hostFacts: NodeJS.Timeout;
  /** Of the programs that told us about the machine, which are children of ours as the command is. */
  #otherCpu: CpuSeconds = NO_CPU;
  #advice: Promise<Advice | undefined> = Promise.resolve(undefined);

  constructor(options: MeasurementOptions) {
    const { rootPid, enforcedFolder, codeVersion, identity, settings } = options;
    this.#options = options;
    this.#say = sayOnce(settings.logFile);
    const cgroup = cgroupOf(rootPid, enforcedFolder);
    this.#session = new Session({
      identity,
      request: options.request,
      features: options.features,
      startedMs: options.startedMs,
      rootPid,
      cpuBefore: { userS: 0, systemS: 0 },
      settings,
      say: this.#say,
      ...(cgroup !== undefined && { cgroup }),
      ...(codeVersion !== undefined && { facts: { codeVersion } }),
    });
    this.#session.start();
    this.#hostFacts = setTimeout(() => void this.#learnHost(), HOST_FACTS_AFTER_MS);
    this.#hostFacts.unref();
    this.#advice = askAdvice(settings, identity);
  }

  /**
   * Reports the end and prints the line; takes two seconds at most, and no longer than until `isInterrupted`.
   */
  async finish(
    death: Death,
    forwarded: NodeJS.Signals | undefined,
    isInterrupted: Promise<void>,
  ): Promise<void> {
    const endedMs = Date.now();
    const { identity, startedMs, request, tell } = this.#options;
    const maxRss = await childrenMaxRss();
    clearTimeout(this.#hostFacts);
    const { userS, systemS } = waitedCpu() ?? NO_CPU;
    await this.#session.stop({
      userS: userS - this.#otherCpu.userS,
      systemS: systemS - this.#otherCpu.systemS,
      noiseBytes: this.#noiseBytes,
      ...(maxRss !== undefined && { childrenMaxRss: maxRss }),
    });
    const end = judgeDeath(death, { endedMs, oomKills: this.#session.oomKills, forwarded });
    const advice = await Promise.race([this.#advice, after(LAST_PATIENCE_MS)]);
    tell(
      summaryLine({
        flow: identity.flow,
        step: identity.step,
        totals: this.#session.totals,
        durationMs: endedMs - startedMs,
        request,
        ...(advice !== undefined && { advice }),
      }),
    );
    await this.#session.report(end, isInterrupted);
  }

  async #learnHost(): Promise<void> {
    const before = waitedCpu() ?? NO_CPU;
    try {
      const { cpuModel, gpuModels } = await readHostFacts();
      this.#session.learn({
        ...(cpuModel !== undefined && { hostCpuModel: cpuModel }),
        ...(gpuModels !== undefined && { hostGpuModels: gpuModels.join(', ') }),
      });
    } catch (error) {
      this.#say(`reading the host failed: ${String(error)}`);
    }
    const after = waitedCpu() ?? NO_CPU;
    this.#otherCpu = {
      userS: after.userS - before.userS,
      systemS: after.systemS - before.systemS,
    };
  }
}

/** The command's own cgroup; the container's where we are its first process, or started by it. */
function cgroupOf(rootPid: number, enforcedFolder: string | undefined): RecorderOptions['cgroup'] {
  if (enforcedFolder !== undefined) return { folder: enforcedFolder, isFresh: true };
  if (process.pid !== 1 && process.ppid !== 1) return undefined;
  const folder = findMemoryCgroup(rootPid);
  return folder !== undefined && folder === findMemoryCgroup(1)
    ? { folder, isFresh: false }
    : undefined;
}

async function after(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => {
      resolve(undefined);
    }, ms);
  });
}
