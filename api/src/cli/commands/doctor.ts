import { type Command, Option } from 'commander';

import { createApiClient } from '../../client/api-client.ts';
import { renderChecks } from '../../format/doctor-text.ts';
import { checkPython } from '../doctor/check-python.ts';
import { checkServer } from '../doctor/check-server.ts';
import { checkSpool, spoolFolder } from '../doctor/check-spool.ts';
import { EXIT } from '../exit-code.ts';
import { type ClientOptions, clientOptions } from '../program-options.ts';
import type { Terminal } from '../terminal.ts';

interface DoctorOptions extends ClientOptions {
  readonly python: string;
}

/** `stepfit doctor`: what is in order, what is not, and what to do about it. */
export function addDoctorCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('doctor')
    .summary('what is in order, what is not, and what to do')
    .description('Checks the server, its store and clock, arrivals, Python and unsent data.');
  for (const option of clientOptions()) command.addOption(option);
  command.addOption(
    new Option('--python <command>', 'Python that runs your flows')
      .env('STEPFIT_PYTHON')
      .default('python3'),
  );

  command.action(async (options: DoctorOptions) => {
    const [server, python, spool] = await Promise.all([
      checkServer(createApiClient(options), options.url, () => new Date()),
      checkPython(options.python),
      checkSpool(spoolFolder(process.env)),
    ]);
    const checks = [...server, python, spool];
    terminal.print(
      options.json ? JSON.stringify({ checks }, null, 2) : renderChecks(checks, terminal.style),
    );
    if (checks.some((check) => check.state === 'fail')) process.exitCode = EXIT.failed;
  });
}
