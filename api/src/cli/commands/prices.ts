import { createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { importAwsOffer } from '@stepfit/tuner/prices/import/aws-offer';
import {
  ARCHITECTURES,
  type Architecture,
  type ImportChoice,
  type ImportedPrices,
} from '@stepfit/tuner/prices/import/imported-prices';
import { importSkypilot } from '@stepfit/tuner/prices/import/skypilot';
import { parsePriceTable } from '@stepfit/tuner/prices/parse-price-table';
import { type Command, Option } from 'commander';

import { renderPrices } from '../../format/prices-text.ts';
import { formatCount } from '../../format/quantities.ts';
import { readPrices } from '../../serve/read-prices.ts';
import type { Terminal } from '../terminal.ts';

interface ImportOptions {
  readonly region?: string;
  readonly arch: Architecture;
  readonly only?: readonly string[];
  readonly name?: string;
  readonly out?: string;
}

/** `stepfit prices`: makes price tables from what providers publish, and says what a table has. */
export function addPricesCommand(program: Command, terminal: Terminal): void {
  const prices = program
    .command('prices')
    .summary('make a price table from what providers publish, or see what one says')
    .description('Price tables for `stepfit serve --prices FILE`. Asks no server.');
  addShow(prices, terminal);
  addImportAws(prices, terminal);
  addImportSkypilot(prices, terminal);
}

function addShow(prices: Command, terminal: Terminal): void {
  prices
    .command('show')
    .summary('what a price table says; the example without one')
    .argument('[file]', 'price table, JSON')
    .action((path: string | undefined) => {
      terminal.print(renderPrices(readPrices(path), terminal));
    });
}

function addImportAws(prices: Command, terminal: Terminal): void {
  const command = prices
    .command('import-aws')
    .summary('from an AWS price list file of AmazonEC2, AmazonECS or AmazonEKS')
    .description(
      'Takes Linux machines on demand from an offer file of AmazonEC2, or Fargate from one of AmazonECS or ' +
        'AmazonEKS, and writes a price table. The file is read as a stream, however large.',
    )
    .argument('<file>', 'offer file, JSON');
  for (const option of importOptions()) command.addOption(option);
  command.action(async (path: string, options: ImportOptions) => {
    const imported = await importAwsOffer(readChunks(path, terminal), toChoice(options));
    terminal.showProgress?.('');
    writeTable(imported, options, terminal);
  });
}

function addImportSkypilot(prices: Command, terminal: Terminal): void {
  const command = prices
    .command('import-skypilot')
    .summary('from vms.csv files as SkyPilot’s catalogs have them')
    .description('Takes the cheapest zone of each machine, and writes a price table.')
    .argument('<file...>', 'vms.csv files')
    .option('--spot', 'spot prices instead of prices on demand', false);
  for (const option of importOptions()) command.addOption(option);
  command.action((paths: readonly string[], options: ImportOptions & { spot: boolean }) => {
    const files = paths.map((path) => ({ name: basename(path), text: readText(path) }));
    const imported = importSkypilot(files, { ...toChoice(options), isSpot: options.spot });
    writeTable(imported, options, terminal);
  });
}

function importOptions(): Option[] {
  return [
    new Option('--region <name>', 'needed where the file has several'),
    new Option('--arch <name>', 'processors of the machines')
      .choices(ARCHITECTURES)
      .default('x86_64' satisfies Architecture),
    new Option('--only <names>', 'machines by name, with * and commas: m6i.*,g5.xlarge').argParser(
      (text: string) => text.split(',').map((name) => name.trim()),
    ),
    new Option('--name <text>', 'name of the table, shown beside every amount of money'),
    new Option('--out <file>', 'where to write it; standard output without'),
  ];
}

function toChoice({ region, arch, only }: ImportOptions): ImportChoice {
  return {
    architecture: arch,
    ...(region !== undefined && { region }),
    ...(only !== undefined && { only }),
  };
}

const REFUSED_SHOWN = 10;

/** The table goes to standard output or a file, and what was refused to standard error. */
function writeTable(
  { table, refused }: ImportedPrices,
  { name, out }: ImportOptions,
  terminal: Terminal,
): void {
  const named = { ...table, ...(name !== undefined && { name }) };
  const prices = parsePriceTable(named, 'that was imported');
  for (const reason of refused.slice(0, REFUSED_SHOWN)) terminal.warn(`refused ${reason}`);
  const more = refused.length - REFUSED_SHOWN;
  if (more > 0) terminal.warn(`refused ${formatCount(more, 'more row')}`);
  const text = JSON.stringify(named, null, 2);
  if (out === undefined) {
    terminal.print(text);
    return;
  }
  try {
    writeFileSync(out, `${text}\n`);
  } catch (error) {
    throw unreadable(`The price table cannot be written to ${out}`, error);
  }
  terminal.print(`${renderPrices(prices, terminal)}\n→ stepfit serve --prices ${out}`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw unreadable(`${path} cannot be read`, error);
  }
}

const BYTES_PER_MEGABYTE = 1e6;

/** The file as text as it arrives, telling how far it is. */
async function* readChunks(path: string, { showProgress }: Terminal): AsyncGenerator<string> {
  let read = 0;
  try {
    const megabytes = Math.ceil(statSync(path).size / BYTES_PER_MEGABYTE);
    for await (const chunk of createReadStream(path, { encoding: 'utf8' })) {
      const text = String(chunk);
      yield text;
      read += text.length;
      showProgress?.(
        `reading ${path}: ${Math.round(read / BYTES_PER_MEGABYTE)} of ${megabytes} MB`,
      );
    }
  } catch (error) {
    throw error instanceof StepfitError ? error : unreadable(`${path} cannot be read`, error);
  }
}

function unreadable(what: string, error: unknown): StepfitError {
  const reason = error instanceof Error ? error.message : String(error);
  return new StepfitError('invalid-input', `${what}: ${reason}.`, {
    hint: 'Check the path and who may use it.',
    cause: error,
  });
}
