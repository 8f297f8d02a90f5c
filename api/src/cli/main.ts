#!/usr/bin/env node
import { becomeRun } from './commands/run.ts';

// Before anything else is loaded: the command that is to be run waits for it.
if (process.argv[2] === 'run') becomeRun(process.argv.slice(2), process.env);

const { runProgram } = await import('./run-program.ts');
await runProgram(process.argv);
