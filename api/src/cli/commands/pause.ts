import type { Command } from 'commander';

import { createApiClient } from '../../client/api-client.ts';
import { formatTime } from '../../format/quantities.ts';
import { printable } from '../../format/style.ts';
import type { PauseList } from '../../http/schemas/pauses.ts';
import { type DecisionOptions, decisionOptions, toDecision } from '../decision-options.ts';
import { type ClientOptions, clientOptions } from '../program-options.ts';
import type { Terminal } from '../terminal.ts';

/** `stepfit pause [FLOW]`, `stepfit resume [FLOW]`: the kill switch of everything that happens by itself. */
export function addPauseCommands(program: Command, terminal: Terminal): void {
  const pause = program
    .command('pause')
    .summary('stop everything that is done without a person, at once')
    .description(
      'Stops trials and values at launch for a flow, or the whole project: runs started from now on ask for what their source says.',
    )
    .argument('[flow]', 'a flow; the whole project where absent');
  for (const option of [...clientOptions(), ...decisionOptions()]) pause.addOption(option);
  pause.action(async (flow: string | undefined, options: ClientOptions & DecisionOptions) => {
    const scope = flow === undefined ? {} : { flow };
    print(await createApiClient(options).pause(scope, toDecision(options)), options, terminal);
  });

  const resume = program
    .command('resume')
    .summary('end a pause')
    .description('Ends the pause of a flow, or of the whole project.')
    .argument('[flow]', 'a flow; the whole project where absent');
  for (const option of clientOptions()) resume.addOption(option);
  resume.action(async (flow: string | undefined, options: ClientOptions) => {
    const scope = flow === undefined ? {} : { flow };
    print(await createApiClient(options).resume(scope), options, terminal);
  });
}

function print({ pauses }: PauseList, { json, project }: ClientOptions, terminal: Terminal): void {
  if (json) {
    terminal.print(JSON.stringify({ pauses }, null, 2));
    return;
  }
  const lines = pauses.map(({ flow, at, actor, reason }) => {
    const what = flow === undefined ? `Project ${project}` : `Flow ${flow}`;
    const why = reason === undefined ? '' : `: ${reason}`;
    return printable(`${what} is paused since ${formatTime(at)} UTC, by ${actor}${why}`);
  });
  terminal.print(lines.length === 0 ? 'Nothing is paused.' : lines.join('\n'));
}
