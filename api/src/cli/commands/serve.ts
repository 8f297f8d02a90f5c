import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { type Command, Option } from 'commander';

import { readHooks } from '../../notify/notify-config.ts';
import {
  checkServerConfig,
  LOG_LEVELS,
  type LogLevel,
  NETWORK_SWITCH,
  type NetworkSwitch,
  parseRoles,
  SERVER_DEFAULTS,
  type ServerConfig,
} from '../../serve/server-config.ts';
import { EXIT } from '../exit-code.ts';
import { tokenOption, wholeNumber } from '../program-options.ts';
import type { Terminal } from '../terminal.ts';

const EXIT_GRACE_MS = 1000;

interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly databaseUrl?: string;
  readonly role: string;
  readonly token?: string;
  readonly insecure: boolean;
  readonly prices?: string;
  readonly notify?: string;
  readonly retentionDays: number;
  readonly network: NetworkSwitch;
  readonly logLevel: LogLevel;
}

/** `stepfit serve`: collector, tuner, REST and page in one process, or one part of them. */
export function addServeCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('serve')
    .summary('run the collector, the tuner, REST and the dashboard')
    .description(
      'Serves until Ctrl-C. Flags win over the environment, the environment over defaults.',
    );
  for (const option of serveOptions()) command.addOption(option);

  command.action(async (options: ServeOptions) => {
    const config = await toConfig(options, databaseUrlOf(command, options));
    checkServerConfig(config);
    // Loaded here, so that commands that only ask a server start without Fastify and PGlite.
    const { startServer } = await import('../../serve/start-server.ts');
    const server = await startServer(config);
    const store = config.databaseUrl === undefined ? `PGlite in ${config.dataDir}` : 'PostgreSQL';
    terminal.print(`stepfit is listening on ${server.url} (${store}; ${config.roles.join(', ')})`);
    await untilSignalled();
    terminal.warn('stepfit is shutting down; a second signal ends it at once');
    await server.close();
    // Unreferenced: it ends the process only where something that failed to stop would keep it.
    setTimeout(() => process.exit(), EXIT_GRACE_MS).unref();
  });
}

function serveOptions(): Option[] {
  return [
    new Option('--host <address>', 'address to listen on')
      .env('STEPFIT_HOST')
      .default(SERVER_DEFAULTS.host),
    new Option('--port <n>', 'port to listen on, 0 for any')
      .env('STEPFIT_PORT')
      .argParser(wholeNumber(0, 65_535))
      .default(SERVER_DEFAULTS.port),
    new Option('--data-dir <path>', 'folder of the embedded PGlite')
      .env('STEPFIT_DATA_DIR')
      .default(SERVER_DEFAULTS.dataDir),
    new Option('--database-url <url>', 'PostgreSQL instead of the embedded PGlite').env(
      'DATABASE_URL',
    ),
    new Option('--role <roles>', 'all, or some of collector, tuner, api; needs PostgreSQL')
      .env('STEPFIT_ROLE')
      .default('all'),
    tokenOption('every request but health probes needs it'),
    new Option('--insecure', 'listen beyond this machine without a token').default(false),
    new Option('--prices <file>', 'price table, JSON').env('STEPFIT_PRICES'),
    new Option('--notify <file>', 'who is told what happens, JSON').env('STEPFIT_NOTIFY'),
    new Option('--retention-days <n>', 'days that usage series are kept')
      .env('STEPFIT_RETENTION_DAYS')
      .argParser(wholeNumber(1, 3650))
      .default(SERVER_DEFAULTS.retentionDays),
    new Option('--network <switch>', 'on: a network helps to size steps with several features')
      .env('STEPFIT_NETWORK')
      .choices(NETWORK_SWITCH)
      .default(SERVER_DEFAULTS.network),
    new Option('--log-level <level>', 'least important messages to log, as JSON to standard error')
      .env('STEPFIT_LOG_LEVEL')
      .choices(LOG_LEVELS)
      .default(SERVER_DEFAULTS.logLevel),
  ];
}

/** A `--data-dir` on the command line wins over a `DATABASE_URL` that is there for something else. */
function databaseUrlOf(command: Command, { databaseUrl }: ServeOptions): string | undefined {
  const isDataDirFlag = command.getOptionValueSource('dataDir') === 'cli';
  const isUrlFlag = command.getOptionValueSource('databaseUrl') === 'cli';
  if (isDataDirFlag && isUrlFlag) {
    throw new StepfitError('invalid-input', '--data-dir and --database-url exclude each other.', {
      hint: 'Give the one that you mean.',
    });
  }
  return isDataDirFlag || databaseUrl === '' ? undefined : databaseUrl;
}

async function toConfig(
  options: ServeOptions,
  databaseUrl: string | undefined,
): Promise<ServerConfig> {
  // An empty variable, as `STEPFIT_TOKEN=` leaves it, must not count as an empty token.
  const token = options.token === '' ? undefined : options.token;
  const { readPrices } = await import('../../serve/read-prices.ts');
  return {
    host: options.host,
    port: options.port,
    dataDir: options.dataDir,
    roles: parseRoles(options.role),
    isInsecure: options.insecure,
    prices: readPrices(options.prices),
    logLevel: options.logLevel,
    retentionDays: options.retentionDays,
    hooks: hooksOf(options),
    network: options.network,
    ...(databaseUrl !== undefined && { databaseUrl }),
    ...(token !== undefined && { token }),
  };
}

function hooksOf({ notify }: ServeOptions): ServerConfig['hooks'] {
  return notify === undefined || notify === '' ? [] : readHooks(notify, process.env);
}

/** Resolves on the first signal to stop; from then on another one ends the process where it stands. */
async function untilSignalled(): Promise<void> {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  await new Promise<void>((resolve) => {
    for (const signal of signals) process.once(signal, () => resolve());
  });
  for (const signal of signals) process.once(signal, () => process.exit(EXIT.failed));
}
