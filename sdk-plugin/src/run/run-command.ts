import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, writeSync } from 'node:fs';

import type { AttemptIdentity } from '../attempt/attempt.ts';
import { nameAttempt } from '../attempt/name-attempt.ts';
import { findCommand } from '../processes/find-command.ts';
import { readSettings, type Settings } from '../settings.ts';
import { type Death, dieAlike } from './die-alike.ts';
import { type EnforcedCgroup, enforceRequest } from './enforced-cgroup.ts';
import { childFiles, type Inherited } from './inherited.ts';
import type { Measurement } from './measurement.ts';
import type { RunArguments } from './parse-run-arguments.ts';
import { findSetpriv, preludeScript } from './prelude.ts';
import { relaySignals, type SignalRelay } from './signals.ts';

const COULD_NOT_RUN = { 'not-found': 127, 'not-executable': 126 } as const;

/** Everything about one command, put together before it starts. */
interface Plan {
  readonly options: RunArguments;
  readonly identity: AttemptIdentity;
  readonly settings: Settings;
  readonly inherited: Inherited;
  /** Writes a line to the command's standard error, unless the user wants quiet. */
  readonly tell: (text: string) => void;
}

/**
 * Runs a command as if it had been started directly, measures it, and ends as it ended. Never returns.
 *
 * Nothing of the sampler is loaded before the command runs, and whatever fails in it costs the measurement alone.
 *
 * @throws {StepfitError} `invalid-input` for an identity that cannot be, before anything has started.
 */
export async function runCommand(
  options: RunArguments,
  env: NodeJS.ProcessEnv,
  inherited: Inherited,
): Promise<never> {
  const [, , errorStream] = inherited.streams;
  const settings = readSettings(env, options.settings);
  const plan: Plan = {
    options,
    settings,
    inherited,
    identity: nameAttempt(options.identity, env, {
      project: settings.project,
      run: uniqueName(),
      task: uniqueName(),
    }),
    tell: (text) => {
      if (!options.isQuiet) writeQuietly(errorStream, `${text}\n`);
    },
  };
  const found = findCommand(options.command, env['PATH']);
  if (found.kind !== 'found') {
    const why = found.kind === 'not-found' ? 'command not found' : 'permission denied';
    writeQuietly(errorStream, `stepfit: ${options.command}: ${why}\n`);
    process.exit(COULD_NOT_RUN[found.kind]);
  }
  const cgroup = options.isEnforced ? enforceOrTell(plan) : undefined;
  const startedMs = Date.now();
  const relay = relaySignals();
  const child = startCommand(plan, cgroup, env);
  relay.to(child);
  const death = deathOf(child);
  letGo(inherited, options.isQuiet);
  const measuring = settings.isDisabled ? undefined : measure(plan, child, cgroup, startedMs);

  const end = await death;
  await finish(measuring, end, relay);
  cgroup?.remove();
  return dieAlike(end);
}

/** What goes wrong here costs the measurement, and nothing else. */
async function finish(
  measuring: ReturnType<typeof measure> | undefined,
  end: Death,
  relay: SignalRelay,
): Promise<void> {
  try {
    const measurement = await measuring;
    const isInterrupted = new Promise<void>((resolve) => {
      relay.stop(resolve);
    });
    await measurement?.finish(end, relay.lastForwarded(), isInterrupted);
  } catch {
    // The command's end is what counts.
  }
}

async function measure(
  { options, identity, settings, tell }: Plan,
  child: ChildProcess,
  cgroup: EnforcedCgroup | undefined,
  startedMs: number,
): Promise<Measurement | undefined> {
  if (child.pid === undefined) return undefined;
  const sampler = await import('./measurement.ts');
  return new sampler.Measurement({
    identity,
    settings,
    startedMs,
    request: options.request,
    features: options.features,
    rootPid: child.pid,
    tell,
    ...(options.codeVersion !== undefined && { codeVersion: options.codeVersion }),
    ...(cgroup !== undefined && { enforcedFolder: cgroup.folder }),
  });
}

function startCommand(
  { options, inherited }: Plan,
  cgroup: EnforcedCgroup | undefined,
  env: NodeJS.ProcessEnv,
): ChildProcess {
  const setpriv = findSetpriv(env['PATH']);
  const script = preludeScript({
    inherited,
    joinFiles: cgroup?.joinFiles ?? [],
    ...(setpriv !== undefined && { setpriv }),
  });
  const command = [options.command, ...options.commandArguments];
  const [file = '', ...args] =
    script === '' ? command : ['/bin/sh', '-c', script, 'sh', ...command];
  return spawn(file, args, { stdio: childFiles(inherited), env });
}

async function deathOf(child: ChildProcess): Promise<Death> {
  return new Promise((resolve) => {
    child.on('exit', (code, signal) => {
      resolve({ code, signal });
    });
    // Found and executable a moment ago, and yet it could not be started.
    child.on('error', () => {
      resolve({ code: COULD_NOT_RUN['not-executable'], signal: null });
    });
  });
}

/** Who waits for the end of the command's output must not wait for ours. */
function letGo({ streams, files }: Inherited, isQuiet: boolean): void {
  const [input, output, error] = streams;
  if (input === 0) return;
  for (const file of [input, output, ...files, ...(isQuiet ? [error] : [])]) {
    try {
      closeSync(file);
    } catch {
      // It was closed already.
    }
  }
}

function enforceOrTell({ options, tell }: Plan): EnforcedCgroup | undefined {
  try {
    return enforceRequest(options.request, `stepfit-${process.pid}-${uniqueName()}`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    tell(`stepfit: --enforce is not possible here, the command runs without limits (${reason})`);
    return undefined;
  }
}

/** Sorts by time, and no two are the same. */
function uniqueName(): string {
  const random = Math.floor(Math.random() * 2 ** 48).toString(36);
  return `${Date.now().toString(36)}-${process.pid.toString(36)}-${random}`;
}

function writeQuietly(stream: number, text: string): void {
  try {
    writeSync(stream, text);
  } catch {
    // Nobody reads it.
  }
}
