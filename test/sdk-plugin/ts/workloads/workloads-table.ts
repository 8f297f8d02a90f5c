import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCUMENT = fileURLToPath(new URL('../../../../docs/sdk.md', import.meta.url));
const BEGIN = '<!-- workloads: written by the test -->';
const END = '<!-- /workloads -->';

/** The commands of `workload.py`, in the words of the document. */
export const WORKLOADS = [
  { step: 'spike', words: 'spike of 50 ms between two samples' },
  { step: 'spike_in_child', words: 'spike in a child' },
  { step: 'at_its_end', words: 'peak in the last instant' },
  { step: 'c_call', words: 'C call that holds the GIL' },
  { step: 'forked', words: 'forked processes with shared memory' },
  { step: 'mapped_file', words: 'mmap of a large file' },
  { step: 'page_cache', words: 'page-cache reader' },
  { step: 'tmpfs', words: 'tmpfs writer' },
  { step: 'short_task', words: 'command shorter than a sample' },
  { step: 'short_children', words: 'many short children' },
  { step: 'threads', words: 'threads' },
  { step: 'numpy', words: 'numpy' },
] as const;

/** True need and measured peak of one run, bytes. */
interface Measurement {
  readonly needBytes: number;
  readonly peakBytes: number;
}

export interface WorkloadRow {
  readonly step: string;
  /** Among other processes. */
  readonly tree: Measurement;
  /** With `--enforce`, in a cgroup of its own. */
  readonly enforced: Measurement;
}

/** Errors of our peaks as the document has them, per cent. */
export function documentedRows(): readonly {
  readonly step: string;
  readonly tree: number;
  readonly enforced: number;
}[] {
  const [, table = ''] = readFileSync(DOCUMENT, 'utf8').split(BEGIN);
  const lines = (table.split(END)[0] ?? '').split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const step = WORKLOADS.find(({ words }) => words === cells[1])?.step ?? `not ${cells[1] ?? ''}`;
    return { step, tree: toPercent(cells[4]), enforced: toPercent(cells[6]) };
  });
}

/** Writes what was measured into the document. */
export function writeTable(rows: readonly WorkloadRow[]): void {
  const text = readFileSync(DOCUMENT, 'utf8');
  const [before = '', rest = ''] = text.split(BEGIN);
  const after = rest.split(END)[1] ?? '';
  const head = [
    '| command | need | among others | error | with `--enforce` | error |',
    '| --- | --: | --: | --: | --: | --: |',
  ];
  const table = [...head, ...rows.map(toLine)].join('\n');
  writeFileSync(DOCUMENT, `${before}${BEGIN}\n\n${table}\n\n${END}${after}`);
}

function toLine({ step, tree, enforced }: WorkloadRow): string {
  const words = WORKLOADS.find((candidate) => candidate.step === step)?.words ?? step;
  const cells = [tree, enforced].flatMap((one) => [mib(one.peakBytes), percent(one)]);
  return `| ${[words, mib(tree.needBytes), ...cells].join(' | ')} |`;
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function percent({ needBytes, peakBytes }: Measurement): string {
  const error = 100 * (peakBytes / needBytes - 1);
  const sign = error < -0.05 ? '−' : '+';
  return `${sign}${Math.abs(error).toFixed(1)} %`;
}

function toPercent(cell = ''): number {
  return Number(cell.replace('−', '-').replace('%', '').trim());
}
