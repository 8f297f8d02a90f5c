import { writeFileSync } from 'node:fs';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { type Command, Option } from 'commander';

import { type ApiClient, createApiClient } from '../../client/api-client.ts';
import { renderReport } from '../../format/report-text.ts';
import { type ClientOptions, clientOptions, wholeNumber } from '../program-options.ts';
import type { Terminal } from '../terminal.ts';

interface ReportOptions extends ClientOptions {
  readonly flow?: string;
  readonly days: number;
  readonly limit: number;
  readonly html?: string;
  readonly markdown?: boolean;
  readonly csv?: boolean;
}

/** `stepfit report`: what was requested and not needed, worst first. */
export function addReportCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('report')
    .summary('what was requested and not needed, worst first')
    .description('Lists steps by the money that they request and do not need, worst first.')
    .option('--flow <name>', 'only this flow')
    .option('--days <n>', 'length of the window, today counts as one', wholeNumber(1, 366), 30)
    .option('--limit <n>', 'most steps to list', wholeNumber(1, 10_000), 25)
    .addOption(
      new Option('--html <file>', 'write it as one HTML file with its plots').conflicts([
        'markdown',
        'csv',
        'json',
      ]),
    )
    .addOption(new Option('--markdown', 'print it as Markdown').conflicts(['csv', 'json']))
    .addOption(new Option('--csv', 'print it as CSV').conflicts('json'));
  for (const option of clientOptions()) command.addOption(option);

  command.action(async (options: ReportOptions) => {
    const client = createApiClient(options);
    const { flow, days, limit, html } = options;
    const query = { days, limit, ...(flow !== undefined && { flow }) };
    if (html !== undefined) {
      await writeReport(html, await client.reportFile('html', query));
      terminal.print(`Wrote ${html}`);
    } else if (options.markdown === true || options.csv === true) {
      const file = await client.reportFile(options.csv === true ? 'csv' : 'md', query);
      terminal.print(file.trimEnd());
    } else {
      await printReport(client, query, options.json, terminal);
    }
  });
}

async function printReport(
  client: ApiClient,
  query: Parameters<ApiClient['report']>[0],
  isJson: boolean,
  terminal: Terminal,
): Promise<void> {
  const report = await client.report(query);
  terminal.print(isJson ? JSON.stringify(report, null, 2) : renderReport(report, terminal));
}

/** @throws {StepfitError} `invalid-input` where the file cannot be written. */
async function writeReport(path: string, content: string): Promise<void> {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new StepfitError('invalid-input', `${path} cannot be written.`, {
      hint: 'Name a file in a folder that exists and that you may write to.',
      cause: error,
    });
  }
}
