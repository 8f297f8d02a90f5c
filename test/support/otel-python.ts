import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);

const VENV = fileURLToPath(new URL('../../.stepfit/venv-otel', import.meta.url));
const PYTHON = join(VENV, 'bin', 'python');
const STAMP = join(VENV, '.stepfit-installed');
const PACKAGES = ['opentelemetry-sdk', 'opentelemetry-exporter-otlp-proto-http'] as const;

/**
 * The Python of a virtual environment with OpenTelemetry's SDK from the package index, made on first use. It
 * is apart from Metaflow's, whose dependencies it must not touch.
 */
export async function otelPython(): Promise<string> {
  const wanted = PACKAGES.join('\n');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return PYTHON;
  rmSync(VENV, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', VENV]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  await run(PYTHON, [...pip, ...PACKAGES]);
  writeFileSync(STAMP, wanted);
  return PYTHON;
}
