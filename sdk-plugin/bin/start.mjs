// Loads the program: compiled where it was packed, its sources in a checkout. Plain JavaScript that any Node can read,
// because a command never fails on account of what measures it: if the program cannot be loaded, the command runs all
// the same.
import { spawnSync } from 'node:child_process';
import { existsSync, writeSync } from 'node:fs';

const compiled = new URL('../dist/bin/stepfit.js', import.meta.url);
const program = existsSync(compiled) ? compiled : new URL('../src/bin/stepfit.ts', import.meta.url);

async function load() {
  try {
    return await import(program.href);
  } catch (error) {
    return { main: () => runUnmeasured(error) };
  }
}

function runUnmeasured(error) {
  const streams = (process.env.STEPFIT_INHERITED ?? '').endsWith('streams=yes')
    ? [7, 8, 9]
    : [0, 1, 2];
  delete process.env.STEPFIT_INHERITED;
  writeSync(
    streams[2],
    `stepfit: Node ${process.version} cannot load it, nothing is measured: ${error.message}\n`,
  );
  const [subcommand, ...rest] = process.argv.slice(2);
  const [command, ...commandArguments] = rest.slice(rest.indexOf('--') + 1);
  if (subcommand !== 'run' || command === undefined) process.exit(1);
  const { status, signal } = spawnSync(command, commandArguments, { stdio: streams });
  if (signal !== null) process.kill(process.pid, signal);
  process.exit(status ?? 127);
}

const { main } = await load();
await main(process.argv.slice(2), process.env);
