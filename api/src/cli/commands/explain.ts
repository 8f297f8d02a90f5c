import type { Command } from 'commander';

import { createApiClient } from '../../client/api-client.ts';
import { renderExplanation } from '../../format/explain-text.ts';
import { type ClientOptions, clientOptions } from '../program-options.ts';
import { parseStepName } from '../step-name.ts';
import type { Terminal } from '../terminal.ts';

/** `stepfit explain`: one step with all of its evidence. */
export function addExplainCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('explain')
    .summary('one step with all of its evidence')
    .description('Shows what would have happened to a step’s own attempts with other requests.')
    .argument('<flow/step>', 'the step, for example TrainFlow/train');
  for (const option of clientOptions()) command.addOption(option);

  command.action(async (name: string, options: ClientOptions) => {
    const explanation = await createApiClient(options).explain(parseStepName(name));
    terminal.print(
      options.json
        ? JSON.stringify(explanation, null, 2)
        : renderExplanation(explanation, terminal),
    );
  });
}
