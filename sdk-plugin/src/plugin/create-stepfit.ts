import { randomUUID } from 'node:crypto';

import type { Features, Request } from '../attempt/attempt.ts';
import { type GivenIdentity, nameAttempt } from '../attempt/name-attempt.ts';
import { childrenMaxRss } from '../readers/children-marks.ts';
import { parseStat } from '../readers/proc-files.ts';
import { readSmallFile } from '../readers/small-file.ts';
import type { CpuSeconds } from '../sampling/recorder.ts';
import { startFacts } from '../sampling/session.ts';
import { readSettings, type Settings, type SettingsOverrides } from '../settings.ts';
import { askHints, type Hints, type HintTask } from './hints.ts';
import { judgeStep, type StepResult } from './judge-step.ts';
import { ProgramTelemetry } from './program-telemetry.ts';
import { SamplerClient } from './sampler-client.ts';
import type { ThreadSession } from './thread-messages.ts';

export type { Features, Request } from '../attempt/attempt.ts';
export type { Hints, HintTask, Plan } from './hints.ts';

export interface StepfitOptions extends SettingsOverrides {
  /**
   * Who exports: `auto` (default) the OpenTelemetry SDK that the program has set up, where it has set providers of
   * metrics and traces, else our own small exporter; `own` always that.
   */
  readonly exporter?: 'auto' | 'own';
}

/** One attempt at a step. Names that are left out come from the environment, as for `stepfit run`. */
export interface StepOptions extends GivenIdentity {
  /** What the step has been given: it is what the measured need is held against. */
  readonly request?: Request;
  /** Facts known before it starts that its need may follow. */
  readonly features?: Features;
  /** Changes when the step's code does; learning starts afresh then. */
  readonly codeVersion?: string;
}

/** Measures steps of this program. */
export interface Stepfit {
  /**
   * Runs `action` as one attempt at a step and returns what it returns, or throws what it throws. The program's
   * whole process is measured meanwhile, with its worker threads and child processes.
   */
  step<T>(options: StepOptions, action: () => T | Promise<T>): Promise<T>;
  /** What a step should ask for, where a policy lets that be applied; never throws. */
  hints(flow: string, step: string, features?: Features, task?: HintTask): Promise<Hints>;
  /** Resolves when every ended step is delivered or spooled, after two seconds at most. */
  flush(): Promise<void>;
}

/**
 * Measures steps of a Node program and reports them to a StepFit server. Nothing that goes wrong in measuring
 * reaches the program; a step whose name cannot be told runs unmeasured.
 */
export function createStepfit(options: StepfitOptions = {}): Stepfit {
  const { exporter = 'auto' } = options;
  const settings = readSettings(process.env, options);
  const sampler = new SamplerClient();
  // Steps of one program are steps of one run, unless somebody says otherwise.
  const run = randomUUID();
  let telemetry: Promise<ProgramTelemetry | undefined> | undefined;
  return {
    async step(stepOptions, action) {
      if (settings.isDisabled) return action();
      telemetry ??= exporter === 'own' ? Promise.resolve(undefined) : ProgramTelemetry.find();
      const finish = await begin(stepOptions, { settings, run, sampler, telemetry });
      const result = await settle(action);
      await finish?.(result);
      if (result.kind === 'error') throw result.error;
      return result.value;
    },
    hints: async (flow, step, features = {}, task = {}) =>
      askHints(settings, { ...task, flow, step, features }),
    flush: async () => sampler.idle(),
  };
}

async function settle<T>(action: () => T | Promise<T>): Promise<StepResult<T>> {
  try {
    return { kind: 'value', value: await action() };
  } catch (error) {
    return { kind: 'error', error };
  }
}

interface Means {
  readonly settings: Settings;
  readonly run: string;
  readonly sampler: SamplerClient;
  readonly telemetry: Promise<ProgramTelemetry | undefined>;
}

/** Begins to measure; returns how to end it, or nothing where it cannot be. Never rejects. */
async function begin(
  options: StepOptions,
  { settings, run, sampler, telemetry }: Means,
): Promise<((result: StepResult<unknown>) => Promise<void>) | undefined> {
  try {
    const session = toSession(options, settings, run);
    const shown = (await telemetry)?.show({
      ...session,
      facts: startFacts(session.request, session.facts),
    });
    const noiseBytes = await childrenMaxRss();
    const attempt = sampler.start(session, shown?.take);
    return async (result) => {
      const end = judgeStep(result, Date.now());
      const maxRss = await childrenMaxRss();
      const totals = await attempt.stop(end, {
        ...(maxRss !== undefined && { childrenMaxRss: maxRss }),
        // Of children that ended before the step began.
        ...(noiseBytes !== undefined && { noiseBytes }),
      });
      if (totals !== undefined) await shown?.end(end, totals);
    };
  } catch {
    return undefined;
  }
}

/** @throws {StepfitError} `invalid-input` where the attempt's name cannot be told. */
function toSession(options: StepOptions, settings: Settings, run: string): ThreadSession {
  const { request = {}, features = {}, codeVersion } = options;
  return {
    identity: nameAttempt(options, process.env, {
      project: settings.project,
      run,
      task: randomUUID(),
    }),
    request,
    features,
    startedMs: Date.now(),
    rootPid: process.pid,
    cpuBefore: cpuSoFar(),
    isOlderRoot: true,
    settings,
    ...(codeVersion !== undefined && { facts: { codeVersion } }),
  };
}

/** Of this process and of the children it has waited for, as the readings of its tree have it. */
function cpuSoFar(): CpuSeconds {
  const stat = parseStat(readSmallFile('/proc/self/stat') ?? '');
  if (stat !== undefined) return { userS: stat.userS, systemS: stat.systemS };
  const { user, system } = process.cpuUsage();
  return { userS: (user + system) / 1e6, systemS: 0 };
}
