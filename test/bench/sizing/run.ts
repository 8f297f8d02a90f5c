import { cpus } from 'node:os';
import { parseArgs } from 'node:util';

import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';
import { compare, type Result, type Run } from '@stepfit/tuner/compare/compare';
import type { Contender } from '@stepfit/tuner/compare/contenders';
import { type Protocol, PROTOCOLS, type ProtocolOptions } from '@stepfit/tuner/compare/protocols';
import type { Trace } from '@stepfit/tuner/compare/sizer';

import { equalFailuresTable, prototypeTable } from './curve-tables.ts';
import {
  ABLATION,
  FULL_LINE_UP,
  OTHERS,
  QUICK_LINE_UP,
  SHADOW_CURVE,
  SHADOW_WITHIN_BUDGET,
  SUGGESTION,
} from './line-up.ts';
import { loadWorkflows, type Need } from './load-workflows.ts';
import { networkTables } from './quantile-net.ts';
import { byWorkflowTable, shortCells, totalTable, workflowTables } from './result-tables.ts';
import { riskTable, type Sized } from './risk-table.ts';
import { surpriseTable } from './surprise-table.ts';
import { renderMarkdown, renderText, type Table } from './table.ts';

const USAGE = `npm run bench:sizing -- --data DIR [--quick | --network] [--markdown]

  --data DIR   folder of Nextflow traces (*.csv, *.tsv)
  --quick      the paper and the online protocol, fewer strategies, no ablation
  --network    the quantile network and quantile regression instead
  --markdown   tables as docs/benchmarks.md has them`;

/** The published protocol takes resident memory at the end as the need; the others its highest value. */
const NEEDS: Readonly<Record<Protocol, Need>> = {
  paper: 'rss',
  online: 'peak_rss',
  async: 'peak_rss',
};
/** Draws of the shuffle besides the published one, 1996. */
const SEEDS = [1996, 1, 2, 3];
/** Who is held to the budget. */
const AT_RISK = [SUGGESTION, SHADOW_WITHIN_BUDGET];

interface Settings {
  readonly folder: string;
  readonly isQuick: boolean;
  readonly isMarkdown: boolean;
  readonly isNetwork: boolean;
}

function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      data: { type: 'string' },
      quick: { type: 'boolean', default: false },
      network: { type: 'boolean', default: false },
      markdown: { type: 'boolean', default: false },
    },
  });
  if (values.data === undefined) {
    throw new StepfitError('invalid-input', 'No traces were named.', { hint: USAGE });
  }
  return {
    folder: values.data,
    isQuick: values.quick,
    isMarkdown: values.markdown,
    isNetwork: values.network,
  };
}

function clockMs(): number {
  return performance.now();
}

/** First allocations of the contenders whose risk is looked at, by contender and step. */
type Watched = Map<Contender, Map<string, Sized[]>>;

function watching(watched: Watched, { contender, trace }: Run): ProtocolOptions {
  const steps = watched.get(contender);
  if (steps === undefined) return { clockMs };
  return {
    clockMs,
    onSized(task, allocatedMiB) {
      const name = `${trace.name}: ${task.launch.step}`;
      const sized = steps.get(name) ?? [];
      steps.set(name, sized);
      sized.push({ task, allocatedMiB });
    },
  };
}

function runAll(
  protocol: Protocol,
  traces: readonly Trace[],
  contenders: readonly Contender[],
  optionsFor: (run: Run) => ProtocolOptions,
): Result[] {
  const results: Result[] = [];
  let startMs = clockMs();
  for (const result of compare({ traces, protocols: [protocol], contenders, optionsFor })) {
    results.push(result);
    const seconds = ((clockMs() - startMs) / 1000).toFixed(1);
    process.stderr.write(`${protocol}: ${result.contender.name} (${seconds} s)\n`);
    startMs = clockMs();
  }
  return results;
}

function only(results: readonly Result[], contenders: readonly Contender[]): Result[] {
  return results.filter(({ contender }) => contenders.includes(contender));
}

function* protocolTables(
  protocol: Protocol,
  traces: readonly Trace[],
  settings: Settings,
): Generator<Table> {
  const watched: Watched = new Map(AT_RISK.map((contender) => [contender, new Map()]));
  const lineUp = settings.isQuick ? QUICK_LINE_UP : FULL_LINE_UP;
  const results = runAll(protocol, traces, lineUp, (run) => watching(watched, run));
  yield totalTable(protocol, results);
  if (settings.isMarkdown) yield byWorkflowTable(protocol, results);
  else yield* workflowTables(protocol, results);
  if (settings.isQuick) return;
  const shadows = [...SHADOW_CURVE, SHADOW_WITHIN_BUDGET];
  yield prototypeTable(protocol, only(results, shadows));
  yield equalFailuresTable(protocol, only(results, shadows), only(results, OTHERS));
  yield variantsTable(
    `${protocol}: the shadow method with one part taken away`,
    runAll(protocol, traces, ABLATION, () => ({})).map(({ contender, total }) => [
      contender.name,
      ...shortCells(total),
    ]),
  );
  if (protocol === 'paper') yield seedsTable(traces);
  if (protocol === 'online') yield surpriseTable(traces);
  for (const [{ name }, steps] of watched) {
    if (protocol !== 'paper') yield riskTable(name, protocol, steps);
  }
}

function variantsTable(title: string, rows: readonly string[][]): Table {
  return { title, columns: ['variant', 'waste GB-h', 'failures', 'first attempt failed'], rows };
}

/** The published seed is one draw; others tell how much of a figure is its luck. */
function seedsTable(traces: readonly Trace[]): Table {
  const contenders = [...QUICK_LINE_UP, SHADOW_WITHIN_BUDGET];
  const rows = SEEDS.flatMap((seed) =>
    runAll('paper', traces, contenders, () => ({ seed })).map(({ contender, total }) => [
      `seed ${seed}: ${contender.name}`,
      ...shortCells(total),
    ]),
  );
  return variantsTable('paper: other draws of the shuffle', rows);
}

async function main(): Promise<void> {
  const settings = readSettings();
  const render = settings.isMarkdown ? renderMarkdown : renderText;
  if (settings.isNetwork) {
    for await (const table of networkTables(settings.folder)) {
      process.stdout.write(`${render(table)}\n`);
    }
    return;
  }
  const protocols = settings.isQuick ? (['paper', 'online'] as const) : PROTOCOLS;
  const inputs = protocols.map((protocol) => ({
    protocol,
    traces: loadWorkflows(settings.folder, NEEDS[protocol]),
  }));
  process.stdout.write(
    `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'CPU'}. ` +
      'GB-h are 10⁹ bytes for an hour; a failed attempt counts for its whole running time. ' +
      'The feature is rchar, bytes read during the run: strictly known only afterwards.\n',
  );
  for (const { protocol, traces } of inputs) {
    for (const table of protocolTables(protocol, traces, settings)) {
      process.stdout.write(`${render(table)}\n`);
    }
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof StepfitError)) throw error;
  process.stderr.write(`${error.message}\n${error.hint === undefined ? '' : `${error.hint}\n`}`);
  process.exitCode = 2;
}
