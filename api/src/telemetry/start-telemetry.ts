import { diag, DiagLogLevel } from '@opentelemetry/api';
import type { Logger } from 'pino';

import { VERSION } from '../version.ts';

export interface Telemetry {
  readonly isOn: boolean;
  /** Sends what is still buffered and stops. */
  stop(): Promise<void>;
}

/** Any of these asks for telemetry; everything else about it is read by the SDK itself. */
const ASKING_VARIABLES = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
  'OTEL_TRACES_EXPORTER',
  'OTEL_METRICS_EXPORTER',
  'OTEL_CONFIG_FILE',
] as const;

const OFF: Telemetry = { isOn: false, stop: async () => undefined };

/**
 * Starts OpenTelemetry for this service where the standard variables ask for it, and loads the SDK (some
 * 40 MB) only then. Sending to the own port is refused: each export would cause the next.
 */
export async function startTelemetry(
  env: NodeJS.ProcessEnv,
  own: { readonly host: string; readonly port: number },
  log: Logger,
): Promise<Telemetry> {
  if (env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return OFF;
  if (ASKING_VARIABLES.every((name) => (env[name] ?? '') === '')) return OFF;
  const loop = ASKING_VARIABLES.find((name) => pointsAt(env[name], own));
  if (loop !== undefined) {
    log.warn(
      { variable: loop, value: env[loop] },
      'telemetry is off: it would be sent to this server',
    );
    return OFF;
  }
  const { startNodeSdk } = await import('@opentelemetry/sdk-node');
  const sdk = startNodeSdk({
    resourceAttributes: {
      ...(!isServiceNamed(env) && { 'service.name': 'stepfit' }),
      'service.version': VERSION,
    },
    // Logs go to standard error as JSON; collecting them is the platform's business.
    logRecordProcessors: [],
  });
  routeDiagnostics(log);
  log.info({}, 'telemetry is on');
  return { isOn: true, stop: async () => sdk.shutdown() };
}

function isServiceNamed(env: NodeJS.ProcessEnv): boolean {
  return Boolean(
    env['OTEL_SERVICE_NAME'] ?? env['OTEL_RESOURCE_ATTRIBUTES']?.includes('service.name='),
  );
}

/** Whether an endpoint is the address that this server listens on itself. */
function pointsAt(
  endpoint: string | undefined,
  own: { readonly host: string; readonly port: number },
): boolean {
  const url = endpoint === undefined ? null : URL.parse(endpoint);
  if (url === null) return false;
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  const host = url.hostname.replaceAll(/[[\]]/g, '');
  return port === own.port && (host === own.host || isThisMachine(host));
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '0.0.0.0' || host.startsWith('127.');
}

/** The SDK's own complaints belong into the one log. */
function routeDiagnostics(log: Logger): void {
  function write(level: 'warn' | 'debug'): (message: string) => void {
    return (message) => {
      log[level]({ detail: message }, 'telemetry');
    };
  }
  diag.setLogger(
    {
      // An export that fails is worth knowing, but nobody must be woken up for it.
      error: write('warn'),
      warn: write('warn'),
      info: write('debug'),
      debug: write('debug'),
      verbose: write('debug'),
    },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
