import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { createProgram } from '@stepfit/api/cli/create-program';
import { EXIT } from '@stepfit/api/cli/exit-code';
import { PLAIN_STYLE } from '@stepfit/api/format/style';
import type { ErrorCode } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { describe, expect, it } from 'vitest';

import openapi from '../../api/openapi.json' with { type: 'json' };

function readDocument(name: string): string {
  return readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');
}

const program = createProgram({
  width: 80,
  style: PLAIN_STYLE,
  print: () => undefined,
  warn: () => undefined,
});

/** Complete by type: a new code is an error here until it is listed. */
const ERROR_CODES: Record<ErrorCode, true> = {
  'invalid-input': true,
  'not-found': true,
  conflict: true,
  unauthorized: true,
  forbidden: true,
  'payload-too-large': true,
  'unsupported-media-type': true,
  'too-many-steps': true,
  'store-locked': true,
  'store-unavailable': true,
  'port-in-use': true,
  'server-unreachable': true,
  'unsafe-listen': true,
  'forge-failed': true,
  internal: true,
};

describe('the documents', () => {
  /** With the commands under them. */
  const commands = program.commands.flatMap((command) => [command, ...command.commands]);

  it.each(commands.map((command) => [command.name(), command] as const))(
    'name every option of %s with its variable and default',
    (name, command) => {
      const document = readDocument(name === 'serve' ? 'configuration.md' : 'cli.md');

      const words = command.options.flatMap(({ long, envVar, defaultValue }) => [
        ...(long === undefined ? [] : [long]),
        ...(envVar === undefined ? [] : [`\`${envVar}\``]),
        ...(typeof defaultValue === 'string' ? [`\`${defaultValue}\``] : []),
      ]);

      expect(words.filter((word) => !document.includes(word))).toEqual([]);
    },
  );

  it('name every command and exit code', () => {
    const document = readDocument('cli.md');

    for (const command of program.commands) expect(document).toContain(`stepfit ${command.name()}`);
    for (const code of Object.values(EXIT)) {
      expect(document).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'));
    }
  });

  it('name every error', () => {
    const document = readDocument('errors.md');

    for (const code of Object.keys(ERROR_CODES)) {
      expect(document).toMatch(new RegExp(`^\\| \`${code}\` +\\|`, 'm'));
    }
  });

  it('name every address', () => {
    const document = readDocument('rest.md');

    const operations = Object.entries(openapi.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}\``),
    );
    expect(operations.filter((operation) => !document.includes(operation))).toEqual([]);
  });
});
