/**
 * Writes the generated files, or with `--check` fails when one of them is stale:
 *
 * - `contract.json`: the wire contract for the Python side;
 * - `openapi.json`: the REST API as the routes declare it.
 *
 * Written in the formatter’s own style, so that `npm run format` leaves them alone.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import {
  ATTEMPT_SPAN_NAME,
  DEFAULT_PROJECT,
  FEATURE_PREFIX,
  MEMORY_SOURCES,
  OUTCOMES,
  RESOURCE_ATTRIBUTES,
  SPAN_ATTRIBUTES,
} from '@stepfit/sdk-plugin/contract/attributes';
import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import { format } from 'oxfmt';

import formatOptions from '../../.oxfmtrc.json' with { type: 'json' };
import { describedApp } from '../api/support/described-app.ts';

const ROOT = join(import.meta.dirname, '..', '..');

interface GeneratedFile {
  readonly path: string;
  readonly content: unknown;
}

/** The document that the server serves at `/openapi.json`, from the routes as they are registered. */
async function openApiFile(): Promise<GeneratedFile> {
  const app = await describedApp();
  const content = app.swagger();
  await app.close();
  return { path: 'api/openapi.json', content };
}

function contractFile(): GeneratedFile {
  return {
    path: 'sdk-plugin/python/metaflow_extensions/stepfit/plugins/contract.json',
    content: {
      metrics: METRICS,
      resource: RESOURCE_ATTRIBUTES,
      span: SPAN_ATTRIBUTES,
      featurePrefix: FEATURE_PREFIX,
      spanName: ATTEMPT_SPAN_NAME,
      outcomes: OUTCOMES,
      memorySources: MEMORY_SOURCES,
      defaultProject: DEFAULT_PROJECT,
    },
  };
}

async function toText(file: GeneratedFile): Promise<string> {
  const { code, errors } = await format(file.path, JSON.stringify(file.content), formatOptions);
  if (errors.length > 0) throw new Error(`${file.path}: ${JSON.stringify(errors)}`);
  return code;
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

async function main(): Promise<void> {
  const isCheck = process.argv.includes('--check');
  for (const file of [contractFile(), await openApiFile()]) {
    const path = join(ROOT, file.path);
    const text = await toText(file);
    if (readIfThere(path) === text) continue;
    if (isCheck) {
      console.error(`${file.path} is stale: run \`npm run generate\``);
      process.exitCode = 1;
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      console.log(`wrote ${file.path}`);
    }
  }
}

await main();
