import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { exitCodeOf, runShortCommands } from '../sdk-plugin/ts/support/short-commands.ts';
import { installPackage } from './install-package.ts';

/**
 * `node test/bench/short-commands.ts [COMMANDS]`: short commands in a loop with the packed `stepfit run`, while the
 * server is killed and started again at random. Says what is stored in the end; exits with 1 unless that is every
 * command once, with its own exit code.
 */
async function main(commands: number): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'stepfit-loop-'));
  mkdirSync(join(home, 'loop'));
  const beganMs = performance.now();
  const result = await runShortCommands({
    commands,
    launcher: installPackage(join(home, 'app')),
    home: join(home, 'loop'),
    livesMs: 20_000,
    awayMs: 10_000,
  });
  const seconds = Math.round((performance.now() - beganMs) / 1000);
  const byTask = new Map(result.stored.map((attempt) => [attempt.task, attempt]));
  const wrong = Array.from({ length: commands }, (_, command) => command).filter((command) => {
    const stored = byTask.get(`t${command}`);
    return stored?.exitCode !== exitCodeOf(command) || stored.source !== 'reported';
  });
  process.stdout.write(
    `${commands} commands in ${seconds} s, the server killed ${result.kills} times\n` +
      `exit codes changed: ${result.wrongExitCodes}\n` +
      `attempts stored: ${result.stored.length}, of them with their own outcome: ${commands - wrong.length}\n` +
      `left in the spool: ${result.leftInSpool}, after ${result.drainRuns} more commands\n`,
  );
  rmSync(home, { recursive: true });
  const isWhole =
    result.stored.length === commands && wrong.length === 0 && result.wrongExitCodes === 0;
  if (!isWhole) process.exitCode = 1;
}

await main(Number(process.argv[2] ?? 1_000));
