import type { Command } from 'commander';

import { createApiClient } from '../../client/api-client.ts';
import { renderReport } from '../../format/report-text.ts';
import { type ClientOptions, clientOptions, wholeNumber } from '../program-options.ts';
import type { Terminal } from '../terminal.ts';

interface ReportOptions extends ClientOptions {
  readonly flow?: string;
  readonly days: number;
  readonly limit: number;
}

/** `stepfit report`: what was requested and not needed, worst first. */
export function addReportCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('report')
    .summary('what was requested and not needed, worst first')
    .description('Lists steps by the money that they request and do not need, worst first.')
    .option('--flow <name>', 'only this flow')
    .option('--days <n>', 'length of the window, today counts as one', wholeNumber(1, 366), 30)
    .option('--limit <n>', 'most steps to list', wholeNumber(1, 10_000), 25);
  for (const option of clientOptions()) command.addOption(option);

  command.action(async (options: ReportOptions) => {
    const { flow, days, limit } = options;
    const report = await createApiClient(options).report({
      days,
      limit,
      ...(flow !== undefined && { flow }),
    });
    terminal.print(options.json ? JSON.stringify(report, null, 2) : renderReport(report, terminal));
  });
}
