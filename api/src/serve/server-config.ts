import { isIP } from 'node:net';

import { DEFAULT_INGEST_LIMITS } from '@stepfit/collector/ingest/ingest-limits';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import type { Prices } from '@stepfit/tuner/model/prices';

import type { Hook } from '../notify/notify-config.ts';
import { type Role, ROLES } from './roles.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Everything that a server is told; flags win over the environment, the environment over defaults. */
export interface ServerConfig {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly dataDir: string;
  /** PostgreSQL instead of the embedded PGlite in `dataDir`. */
  readonly databaseUrl?: string;
  readonly roles: readonly Role[];
  readonly token?: string;
  /** Accept that anyone who reaches the port may read and write. */
  readonly isInsecure: boolean;
  readonly prices: Prices;
  readonly logLevel: LogLevel;
  readonly retentionDays: number;
  /** Who is told what happens; nobody where empty. */
  readonly hooks: readonly Hook[];
  /** Whether the tuner trains networks for steps that state several features, and asks them. */
  readonly network: NetworkSwitch;
}

export const NETWORK_SWITCH = ['on', 'off'] as const;
export type NetworkSwitch = (typeof NETWORK_SWITCH)[number];

export const SERVER_DEFAULTS = {
  host: '127.0.0.1',
  port: 4380,
  dataDir: '.stepfit/data',
  logLevel: 'info',
  retentionDays: DEFAULT_INGEST_LIMITS.retentionDays,
  network: 'on',
} as const satisfies Partial<ServerConfig>;

/** Reads `all`, one role, or several with commas. */
export function parseRoles(text: string): Role[] {
  if (text === 'all') return [...ROLES];
  const names = text.split(',').map((name) => name.trim());
  const roles = ROLES.filter((role) => names.includes(role));
  const unknown = names.find((name) => !ROLES.some((role) => role === name));
  if (unknown === undefined && roles.length > 0) return roles;
  throw new StepfitError('invalid-input', `"${unknown ?? text}" is not a role.`, {
    hint: `Use all, or some of ${ROLES.join(', ')} with commas between.`,
  });
}

/**
 * Refuses what cannot work or should not be done.
 *
 * @throws {StepfitError} `unsafe-listen` for an address that others reach without a token;
 *   `invalid-input` for a part of the roles on a store that only one process can have.
 */
export function checkServerConfig(config: ServerConfig): void {
  if (!isLoopback(config.host) && config.token === undefined && !config.isInsecure) {
    throw new StepfitError(
      'unsafe-listen',
      `Listening on ${config.host} without a token would let anyone on the network read and write.`,
      { hint: 'Set STEPFIT_TOKEN, or say --insecure where the network itself is trusted.' },
    );
  }
  if (config.databaseUrl === undefined && config.roles.length < ROLES.length) {
    throw new StepfitError(
      'invalid-input',
      `The embedded PGlite belongs to one process, so it cannot serve only ${config.roles.join(', ')}.`,
      { hint: 'Give a PostgreSQL with --database-url, or leave --role at all.' },
    );
  }
}

/** Addresses that only this machine reaches. A name other than localhost could resolve to anything. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}
