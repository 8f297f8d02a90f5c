import type { Command } from 'commander';

import { type ApiClient, createApiClient } from '../../client/api-client.ts';
import { eachStep, noSuchStep } from '../../client/each-step.ts';
import { type ClientOptions, clientOptions } from '../program-options.ts';
import { parseFlowOrStep } from '../step-name.ts';
import type { Terminal } from '../terminal.ts';

interface StepName {
  readonly flow: string;
  readonly step: string;
}

/** `stepfit export`: the attempts that verdicts rest on, as JSON lines, for `stepfit replay`. */
export function addExportCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('export')
    .summary('attempts as JSON lines, to replay and check elsewhere')
    .description(
      'Writes the attempts that verdicts rest on, one on a line, and all else that they rested on.',
    )
    .argument('[flow[/step]]', 'only this flow or step');
  for (const option of clientOptions()) {
    if (option.long !== '--json') command.addOption(option);
  }

  command.action(async (name: string | undefined, options: ClientOptions) => {
    // Loaded here, so that other commands start without the schemas of all that sizing reads.
    const { exportLines } = await import('@stepfit/tuner/traces/step-export');
    const client = createApiClient(options);
    const told = new Set<string>();
    for await (const step of namedSteps(client, name)) {
      const { project, flow, step: own, basis, verdict, attempts } = await client.history(step);
      const input = { flow, step: own, history: attempts, ...basis };
      const exported = { project, input, ...(verdict && { verdict }) };
      for (const line of exportLines(exported, told)) terminal.print(line);
    }
  });
}

/** @throws {StepfitError} `not-found` where nothing of that name has arrived. */
async function* namedSteps(client: ApiClient, name: string | undefined): AsyncGenerator<StepName> {
  const { flow, step }: Partial<StepName> = name === undefined ? {} : parseFlowOrStep(name);
  if (flow !== undefined && step !== undefined) {
    yield { flow, step };
    return;
  }
  let count = 0;
  for await (const found of eachStep(client, flow)) {
    count += 1;
    yield found;
  }
  if (count === 0 && name !== undefined) throw noSuchStep(name);
}
