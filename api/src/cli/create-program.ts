import { Command } from 'commander';

import { VERSION } from '../version.ts';
import { addApplyCommand } from './commands/apply.ts';
import { addCiCommand } from './commands/ci.ts';
import { addDecisionCommands } from './commands/decide.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addExplainCommand } from './commands/explain.ts';
import { addExportCommand } from './commands/export.ts';
import { addPauseCommands } from './commands/pause.ts';
import { addPolicyCommand } from './commands/policy.ts';
import { addPricesCommand } from './commands/prices.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addReportCommand } from './commands/report.ts';
import { addRunCommand } from './commands/run.ts';
import { addSavingsCommand } from './commands/savings.ts';
import { addServeCommand } from './commands/serve.ts';
import { addSuggestCommand } from './commands/suggest.ts';
import { addTokenCommand } from './commands/token.ts';
import type { Terminal } from './terminal.ts';

const EPILOGUE = `
Exit codes: 0 ok, 1 failure or finding, 2 usage, 3 server unreachable, 4 token refused, 5 not found.
More: docs/cli.md`;

/** The whole command line. It throws commander's errors instead of ending the process. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('stepfit')
    .description('Right-sizes the steps of ML and data workflows, and proves each number.')
    .version(VERSION)
    .showHelpAfterError('(--help lists what there is)')
    .addHelpText('after', EPILOGUE)
    .configureOutput({
      writeOut: (text) => {
        terminal.print(text.trimEnd());
      },
      writeErr: (text) => {
        terminal.warn(text.trimEnd());
      },
    })
    .exitOverride();
  addServeCommand(program, terminal);
  addRunCommand(program);
  addReportCommand(program, terminal);
  addSuggestCommand(program, terminal);
  addExplainCommand(program, terminal);
  addApplyCommand(program, terminal);
  addCiCommand(program, terminal);
  addReplayCommand(program, terminal);
  addExportCommand(program, terminal);
  addDecisionCommands(program, terminal);
  addPolicyCommand(program, terminal);
  addPauseCommands(program, terminal);
  addTokenCommand(program, terminal);
  addSavingsCommand(program, terminal);
  addPricesCommand(program, terminal);
  addDoctorCommand(program, terminal);
  return program;
}
