import { writeSync } from 'node:fs';

import { StepfitError } from '../errors/stepfit-error.ts';
import { parseInherited } from '../run/inherited.ts';
import { parseRunArguments, RUN_USAGE } from '../run/parse-run-arguments.ts';
import { runCommand } from '../run/run-command.ts';

const USAGE_EXIT_CODE = 2;

/** The command line of the package alone: `stepfit run`. The server's `stepfit` has the other commands. */
export async function main(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const inherited = parseInherited(env['STEPFIT_INHERITED']);
  delete env['STEPFIT_INHERITED'];
  const [, output, error] = inherited.streams;
  const [command, ...rest] = argv;
  try {
    const options = command === 'run' ? parseRunArguments(rest) : undefined;
    if (options !== undefined) await runCommand(options, env, inherited);
    writeSync(output, `${RUN_USAGE}\n`);
    process.exit(
      command === undefined || command === 'run' || command === '--help' ? 0 : USAGE_EXIT_CODE,
    );
  } catch (problem) {
    if (!(problem instanceof StepfitError)) throw problem;
    writeSync(error, `stepfit: ${problem.message} [${problem.code}]\n`);
    if (problem.hint !== undefined) writeSync(error, `  → ${problem.hint}\n`);
    process.exit(USAGE_EXIT_CODE);
  }
}
