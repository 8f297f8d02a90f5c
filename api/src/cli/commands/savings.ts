import type { Command } from 'commander';

import { createApiClient } from '../../client/api-client.ts';
import { renderSavings } from '../../format/savings-text.ts';
import { type ClientOptions, clientOptions, wholeNumber } from '../program-options.ts';
import type { Terminal } from '../terminal.ts';

type SavingsOptions = ClientOptions & { readonly days: number; readonly flow?: string };

const DEFAULT_DAYS = 90;
const MAX_DAYS = 3660;

/** `stepfit savings`: what suggestions were predicted to save, and did. */
export function addSavingsCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('savings')
    .summary('what suggestions were predicted to save, and did, with retries charged')
    .description(
      'Lists every suggestion that took effect: predicted and realised, with an interval.',
    )
    .option('--flow <name>', 'one flow')
    .option('--days <n>', 'length of the window, days', wholeNumber(1, MAX_DAYS), DEFAULT_DAYS);
  for (const option of clientOptions()) command.addOption(option);

  command.action(async ({ days, flow, ...options }: SavingsOptions) => {
    const ledger = await createApiClient(options).savings({
      days,
      ...(flow !== undefined && { flow }),
    });
    terminal.print(
      options.json ? JSON.stringify(ledger, null, 2) : renderSavings(ledger, terminal),
    );
  });
}
