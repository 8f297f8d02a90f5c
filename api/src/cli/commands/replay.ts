import { writeFileSync } from 'node:fs';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { type Protocol, PROTOCOLS } from '@stepfit/tuner/compare/protocols';
import { parseSizeMiB } from '@stepfit/tuner/traces/amounts';
import { type ColumnMap, parseColumnMap } from '@stepfit/tuner/traces/column-map';
import { type Command, InvalidArgumentError, Option } from 'commander';

import type { ReplayProgress } from '../../replay/replay-traces.ts';
import type { Terminal } from '../terminal.ts';

interface ReplayOptions {
  readonly columns?: ColumnMap;
  readonly request?: number;
  readonly protocol: readonly Protocol[];
  readonly json: boolean;
  readonly html?: string;
  readonly progress: boolean;
}

/** `stepfit replay`: what every way of sizing would have cost on recorded tasks. */
export function addReplayCommand(program: Command, terminal: Terminal): void {
  program
    .command('replay')
    .summary('what each way of sizing would have cost on recorded tasks')
    .description(
      'Replays traces past-only under each strategy: Nextflow traces (TSV or CSV), what `stepfit export` ' +
        'wrote, or any table by its columns. Asks no server.',
    )
    .argument('<trace...>', 'files; - is standard input')
    .option(
      '--columns <map>',
      'FIELD=COLUMN[:UNIT], by commas; fields: step, task, outcome, peak, request, duration, submitted, ended, feature.NAME',
      parseColumnMap,
    )
    .option(
      '--request <size>',
      'memory asked for where a row does not say, such as 16GiB',
      parseSize,
    )
    .addOption(
      new Option('--protocol <names>', `some of ${PROTOCOLS.join(', ')}`)
        .argParser(parseProtocols)
        .default(PROTOCOLS, 'all'),
    )
    .option('--json', 'print the data as JSON', false)
    .option('--html <file>', 'write a report with plots: one file that loads nothing')
    .option('--progress', 'tell how far it is, also where standard error is no terminal', false)
    .action(async (paths: readonly string[], options: ReplayOptions) =>
      runReplay(paths, options, terminal),
    );
}

async function runReplay(
  paths: readonly string[],
  options: ReplayOptions,
  terminal: Terminal,
): Promise<void> {
  // Loaded here, so that commands that only ask a server start without the sizing engine.
  const [{ readTraceFile }, { replayTraces }, { renderReplay }, { renderReplayPage }] =
    await Promise.all([
      import('../../replay/read-traces.ts'),
      import('../../replay/replay-traces.ts'),
      import('../../format/replay-text.ts'),
      import('../../page/replay-page.ts'),
    ]);
  const { columns, request, protocol, json, html } = options;
  const files = paths.map((path) =>
    readTraceFile(path, {
      ...(columns !== undefined && { columns }),
      ...(request !== undefined && { requestMiB: request }),
    }),
  );
  const tell = progressTeller(terminal, options.progress);
  const { report, series } = replayTraces({
    files,
    protocols: protocol,
    ...(tell !== undefined && { onProgress: tell }),
  });
  terminal.showProgress?.('');
  if (html !== undefined) writeReport(html, renderReplayPage(report, series));
  terminal.print(json ? JSON.stringify(report, null, 2) : renderReplay(report, terminal));
}

/** A line that is overwritten on a terminal; elsewhere, if asked for, a line for each strategy. */
function progressTeller(
  terminal: Terminal,
  isAsked: boolean,
): ((progress: ReplayProgress) => void) | undefined {
  const { showProgress } = terminal;
  if (showProgress !== undefined) {
    return ({ protocol, strategy, sized, tasks }) => {
      const far = `${sized.toLocaleString('en-US')} of ${tasks.toLocaleString('en-US')} tasks`;
      showProgress(`replaying ${protocol}, ${strategy}: ${far}`);
    };
  }
  if (!isAsked) return undefined;
  return ({ protocol, strategy, sized }) => {
    if (sized === 0) terminal.warn(`replaying ${protocol}, ${strategy}`);
  };
}

function writeReport(path: string, page: string): void {
  try {
    writeFileSync(path, page);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepfitError('invalid-input', `The report cannot be written: ${reason}.`, {
      hint: 'Give a path that you may write to with --html.',
      cause: error,
    });
  }
}

function parseSize(text: string): number {
  const sizeMiB = /[a-z]$/i.test(text) ? parseSizeMiB(text) : undefined;
  if (sizeMiB === undefined || sizeMiB <= 0) {
    throw new InvalidArgumentError('Give an amount with its unit, such as 16GiB or 512MiB.');
  }
  return sizeMiB;
}

function parseProtocols(text: string): readonly Protocol[] {
  const names = new Set(text.split(',').map((name) => name.trim()));
  const known = PROTOCOLS.filter((protocol) => names.has(protocol));
  if (known.length === 0 || known.length < names.size) {
    throw new InvalidArgumentError(`Give some of ${PROTOCOLS.join(', ')}, by commas.`);
  }
  return known;
}
