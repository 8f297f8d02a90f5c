import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { LAUNCHER } from './support/run-stepfit.ts';
import { exitCodeOf, runShortCommands } from './support/short-commands.ts';

const COMMANDS = 24;

/** `node test/bench/short-commands.ts` does the same with a thousand. */
it('stores every short command once, whatever befalls the server meanwhile', async () => {
  const home = mkdtempSync(join(tmpdir(), 'stepfit-short-'));
  const { kills, wrongExitCodes, stored, leftInSpool } = await runShortCommands({
    commands: COMMANDS,
    launcher: LAUNCHER,
    home,
    livesMs: 2_500,
    awayMs: 2_500,
  });
  expect(kills).toBeGreaterThan(0);
  expect(wrongExitCodes).toBe(0);
  expect(leftInSpool).toBe(0);
  const byTask = new Map(stored.map((attempt) => [attempt.task, attempt]));
  expect(stored).toHaveLength(COMMANDS);
  for (let command = 0; command < COMMANDS; command += 1) {
    const exitCode = exitCodeOf(command);
    expect(byTask.get(`t${command}`)).toMatchObject({
      exitCode,
      outcome: exitCode === 0 ? 'succeeded' : 'failed',
      source: 'reported',
    });
  }
  rmSync(home, { recursive: true });
});
