import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCUMENT = fileURLToPath(new URL('../../docs/sampling.md', import.meta.url));
const BEGIN = '<!-- workloads: written by the test -->';
const END = '<!-- /workloads -->';

/** The steps of `flows/workloads_flow.py`, in the words of the document. */
export const WORKLOADS = [
  { step: 'spike', words: 'spike of 50 ms between two samples', means: 'VmHWM' },
  { step: 'spike_in_child', words: 'spike in a child', means: 'cgroup' },
  { step: 'persist', words: 'peak while artifacts are stored', means: 'VmHWM' },
  { step: 'c_call', words: 'C call that holds the GIL', means: 'VmHWM' },
  { step: 'forked', words: 'forked processes with shared memory', means: 'cgroup' },
  { step: 'mapped_file', words: 'mmap of a large file', means: 'VmHWM' },
  { step: 'page_cache', words: 'page-cache reader', means: 'VmHWM' },
  { step: 'tmpfs', words: 'tmpfs writer', means: 'cgroup' },
  { step: 'short_task', words: 'task shorter than a sample', means: 'VmHWM' },
  { step: 'short_children', words: 'many short children', means: 'cgroup' },
  { step: 'threads', words: 'threads', means: 'VmHWM' },
  { step: 'numpy', words: 'numpy', means: 'VmHWM' },
] as const;

/** True need and measured peak of one run, bytes. */
interface Measurement {
  readonly needBytes: number;
  readonly peakBytes: number;
}

export interface WorkloadRow {
  readonly step: string;
  /** Ours, where the step has a container of its own. */
  readonly container: Measurement;
  /** Ours, among other processes. */
  readonly tree: Measurement;
  /** resource-tracker's. */
  readonly tracker: Measurement;
}

/** Errors of our peaks as the document has them, per cent. */
export function documentedRows(): readonly {
  readonly step: string;
  readonly container: number;
  readonly tree: number;
}[] {
  const [, table = ''] = readFileSync(DOCUMENT, 'utf8').split(BEGIN);
  const lines = (table.split(END)[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const step = WORKLOADS.find(({ words }) => words === cells[1])?.step ?? `not ${cells[1] ?? ''}`;
    return { step, container: toPercent(cells[5]), tree: toPercent(cells[7]) };
  });
}

/** Writes what was measured into the document. */
export function writeTable(rows: readonly WorkloadRow[]): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before = '', rest = ''] = text.split(BEGIN);
  const after = rest.split(END)[1] ?? '';
  const lines = rows.map(toLine);
  const head = [
    '| workload | need | by | in a container | error | among others | error | resource-tracker | error |',
    '| --- | --: | --- | --: | --: | --: | --: | --: | --: |',
  ];
  const table = [...head, ...lines].join('\n');
  writeFileSync(DOCUMENT, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
}

function toLine({ step, container, tree, tracker }: WorkloadRow): string {
  const workload = WORKLOADS.find((candidate) => candidate.step === step);
  const cells = [
    workload?.words ?? step,
    mib(tree.needBytes),
    workload?.means ?? '',
    ...[container, tree, tracker].flatMap((one) => [mib(one.peakBytes), percent(one)]),
  ];
  return `| ${cells.join(' | ')} |`;
}

function mib(bytes: number): string {
  return bytes === 0 ? 'none' : `${Math.round(bytes / 2 ** 20)} MiB`;
}

function percent({ needBytes, peakBytes }: Measurement): string {
  const error = 100 * (peakBytes / needBytes - 1);
  const sign = error < -0.05 ? '−' : '+';
  return `${sign}${Math.abs(error).toFixed(1)} %`;
}

function toPercent(cell = ''): number {
  return Number(cell.replace('−', '-').replace('%', '').trim());
}
