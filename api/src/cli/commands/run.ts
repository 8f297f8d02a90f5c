import { fileURLToPath } from 'node:url';

import type { Command } from 'commander';

/**
 * Turns this process into `stepfit run` of the SDK plugin. Nothing of the server is loaded for it, and nothing of
 * this process is left: who started it waits for the command's own wrapper. Never returns.
 */
export function becomeRun(argv: readonly string[], env: NodeJS.ProcessEnv): never {
  const launcher = fileURLToPath(new URL('../bin/stepfit', packageFile()));
  const handedOn = Object.entries(env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  process.execve?.(launcher, [launcher, ...argv], {
    ...Object.fromEntries(handedOn),
    STEPFIT_NODE: process.execPath,
    // Node ignores signals that its caller did not.
    STEPFIT_BEHIND_NODE: '1',
  });
  throw new Error('This Node cannot hand over to another program; Node 22.15 can.');
}

/** `stepfit run` for the list of commands: what it does begins before commander is loaded. */
export function addRunCommand(program: Command): void {
  program
    .command('run')
    .summary('run any command as a step, and measure it')
    .usage('[options] -- COMMAND [ARGUMENT…]')
    .description('Runs a command unchanged, measures it to its end, and reports it.')
    .allowUnknownOption()
    .argument('[command...]');
}

function packageFile(): string {
  return import.meta.resolve('@stepfit/sdk-plugin/version');
}
