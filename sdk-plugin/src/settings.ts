import { homedir } from 'node:os';
import { join } from 'node:path';

import { DEFAULT_PROJECT } from './contract/attributes.ts';

export const DEFAULT_URL = 'http://127.0.0.1:4380';
const DEFAULT_INTERVAL_MS = 1_000;
/** Below this the sampler would cost more than it tells; above, an attempt looks silent to the collector. */
const INTERVAL_BOUNDS_MS = [100, 10_000] as const;

/** Where to report, and how. */
export interface Settings {
  /** Address of the collector, without a slash at its end. */
  readonly url: string;
  readonly token?: string;
  readonly project: string;
  /** Between two samples, once the attempt is older than ten of them. */
  readonly intervalMs: number;
  /** Folder of what collectors have not taken yet, a folder in it for each of them. */
  readonly spoolDir: string;
  /** What goes wrong is told here, and nowhere else. */
  readonly logFile?: string;
  readonly isDisabled: boolean;
}

/** What a program may set in code; the environment is asked for the rest. */
export interface SettingsOverrides {
  readonly url?: string;
  readonly token?: string;
  readonly project?: string;
  readonly intervalMs?: number;
  readonly spoolDir?: string;
  readonly logFile?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Settings from code, then from `STEPFIT_*`, then defaults. A value that makes no sense counts as not set: a
 * typo must not cost a command.
 */
export function readSettings(env: Environment, overrides: SettingsOverrides = {}): Settings {
  function text(override: string | undefined, variable: string): string | undefined {
    return override ?? nonEmpty(env[variable]);
  }
  const url = readUrl(overrides.url) ?? readUrl(env['STEPFIT_URL']) ?? DEFAULT_URL;
  const token = text(overrides.token, 'STEPFIT_TOKEN');
  const logFile = text(overrides.logFile, 'STEPFIT_LOG');
  return {
    url: url.replace(/\/+$/, ''),
    project: text(overrides.project, 'STEPFIT_PROJECT') ?? DEFAULT_PROJECT,
    intervalMs: readIntervalMs(overrides.intervalMs ?? 1000 * Number(env['STEPFIT_INTERVAL'])),
    spoolDir: text(overrides.spoolDir, 'STEPFIT_SPOOL') ?? join(homedir(), '.stepfit', 'spool'),
    isDisabled: isOn(env['STEPFIT_DISABLE']),
    ...(token !== undefined && { token }),
    ...(logFile !== undefined && { logFile }),
  };
}

function readUrl(text: string | undefined): string | undefined {
  const url = text?.trim() ?? '';
  return /^https?:\/\//.test(url) && URL.canParse(url) ? url : undefined;
}

function readIntervalMs(ms: number): number {
  if (!Number.isFinite(ms) || ms <= 0) return DEFAULT_INTERVAL_MS;
  const [least, most] = INTERVAL_BOUNDS_MS;
  return Math.min(Math.max(ms, least), most);
}

const OFF: readonly string[] = ['', '0', 'false', 'no', 'off'];

/** What a person means by a switch, as the Metaflow extension reads it. */
function isOn(text: string | undefined): boolean {
  return !OFF.includes(text?.trim().toLowerCase() ?? '');
}

function nonEmpty(text: string | undefined): string | undefined {
  return text?.trim() === '' ? undefined : text?.trim();
}
