import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { CommanderError } from 'commander';

import { printable } from '../format/style.ts';
import { createProgram } from './create-program.ts';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { createTerminal, type Terminal } from './terminal.ts';

/** Runs one command. What went wrong goes to standard error: what happened, what to do, and the code. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  const terminal = createTerminal(process.stdout, process.stderr, process.env);
  stayCalmWithoutReader();
  try {
    await createProgram(terminal).parseAsync([...argv]);
  } catch (error) {
    process.exitCode = report(error, terminal);
  }
}

function report(error: unknown, terminal: Terminal): number {
  const { style } = terminal;
  // Commander has printed its message already, with the usage where that helps.
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (!(error instanceof StepfitError)) {
    terminal.warn(`${style.bad('stepfit failed inside')} [internal]`);
    terminal.warn(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return EXIT.failed;
  }
  terminal.warn(
    `${style.bad('stepfit:')} ${printable(error.message)} ${style.faint(`[${error.code}]`)}`,
  );
  if (error.hint !== undefined) terminal.warn(`  → ${printable(error.hint)}`);
  return exitCodeOf(error.code);
}

/** A reader that leaves early, such as `head`, has what it wanted. */
function stayCalmWithoutReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.ok);
  });
}
