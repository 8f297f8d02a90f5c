import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { createProgram } from '@stepfit/api/cli/create-program';
import { PLAIN_STYLE } from '@stepfit/api/format/style';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { ROOT } from '../../support/product.ts';

const FOLDER = join(ROOT, 'api', 'action');

interface Action {
  readonly inputs: Readonly<Record<string, { description: string; default?: string }>>;
  readonly runs: {
    readonly steps: readonly { run?: string; env?: Readonly<Record<string, string>> }[];
  };
}

const action = parse(readFileSync(join(FOLDER, 'action.yml'), 'utf8')) as Action;
const ciOptions = createProgram({
  width: 80,
  style: PLAIN_STYLE,
  print: () => undefined,
  warn: () => undefined,
})
  .commands.find((command) => command.name() === 'ci')
  ?.options.map(({ long }) => long);

describe('the GitHub action', () => {
  let folder: string;

  /** What the script would run, by a `node` that writes its arguments down. */
  function argumentsFor(env: Record<string, string>): { status: number | null; args: string[] } {
    const { status } = spawnSync('bash', [join(FOLDER, 'run.sh')], {
      env: {
        PATH: `${join(folder, 'bin')}${delimiter}${process.env['PATH'] ?? ''}`,
        OUT: join(folder, 'args'),
        ...env,
      },
      encoding: 'utf8',
    });
    if (status !== 0) return { status, args: [] };
    const [main = '', ...args] = readFileSync(join(folder, 'args'), 'utf8')
      .split('\n')
      .slice(0, -1);
    expect(execFileSync('realpath', [main], { encoding: 'utf8' }).trim()).toBe(
      join(ROOT, 'api/src/cli/main.ts'),
    );
    return { status, args };
  }

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'stepfit-action-'));
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'node'), '#!/usr/bin/env bash\nprintf "%s\\n" "$@" > "$OUT"\n');
    chmodSync(join(bin, 'node'), 0o755);
  });

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it('hands every input over as a variable, and none as text of a script', () => {
    const variables = action.runs.steps.flatMap(({ env = {} }) => Object.values(env)).join('\n');
    for (const input of Object.keys(action.inputs)) {
      expect(variables).toContain(`\${{ inputs.${input} }}`);
    }
    for (const { run = '' } of action.runs.steps) expect(run).not.toContain('${{');
  });

  it('reviews a pull request with a comment, and a push without', () => {
    const env = { INPUT_PATHS: 'flows\nmore flows\n', INPUT_FAIL_ON: 'regression,waste>30%' };

    expect(argumentsFor({ ...env, GITHUB_EVENT_NAME: 'pull_request' }).args).toEqual([
      'ci',
      'flows',
      'more flows',
      '--fail-on',
      'regression,waste>30%',
      '--comment',
    ]);
    expect(argumentsFor({ ...env, GITHUB_EVENT_NAME: 'push' }).args).not.toContain('--comment');
  });

  it('tunes', () => {
    const { args } = argumentsFor({
      INPUT_MODE: 'tune',
      INPUT_BASE: 'a branch; rm -rf',
      INPUT_ACCEPTED_ONLY: 'true',
      INPUT_MIN_SAVING: '0.5',
    });

    expect(args.slice(0, 4)).toEqual(['ci', '.', '--base', 'a branch; rm -rf']);
    expect(args.slice(4)).toEqual(['--pull-request', '--min-saving', '0.5', '--accepted-only']);
  });

  it('knows no other mode', () => {
    expect(argumentsFor({ INPUT_MODE: 'frobnicate' }).status).toBe(2);
  });

  it('and the GitLab template use options that there are', () => {
    const texts = ['run.sh', 'gitlab-ci.yml'].map((name) =>
      readFileSync(join(FOLDER, name), 'utf8'),
    );
    const used = texts.join('\n').match(/(?<![\w-])--[a-z][a-z-]+/g) ?? [];

    expect(used.length).toBeGreaterThan(8);
    expect(ciOptions).toEqual(expect.arrayContaining([...new Set(used)]));
    const template = parse(texts[1] ?? '') as Record<string, unknown>;
    expect(Object.keys(template)).toEqual(
      expect.arrayContaining(['stepfit-review', 'stepfit-tune']),
    );
  });
});
