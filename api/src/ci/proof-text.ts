import type { AppliedSuggestion } from '../apply/apply-suggestions.ts';
import { formatAmount, formatMemory, formatMoney, formatShare } from '../format/quantities.ts';
import { describeChange, describeProof, describeRisk, describeSavings } from '../format/words.ts';
import { code, escape } from './outputs/markdown.ts';

/** By this line of its body a pull request says what made it, and for which steps. Nobody sees it. */
function markerFor(steps: readonly string[]): string {
  return `<!-- stepfit:update ${steps.join(' ')} -->`;
}

/** The steps that a pull request says it is for; undefined where another hand opened it. */
export function stepsInBody(body: string): string[] | undefined {
  return /^<!-- stepfit:update (\S+(?: \S+)*) -->/.exec(body)?.[1]?.split(' ');
}

/** By this line of its message a commit says what made it: git calls it a trailer. */
export const COMMIT_TRAILER = 'Right-sized-by: stepfit';

export interface Proof {
  readonly flow: string;
  readonly applied: readonly AppliedSuggestion[];
  readonly branch: string;
  /** Where suggestions can be looked at. */
  readonly serverUrl: string;
}

/** `Right-size TrainFlow: 2 steps` */
export function proofTitle({ flow, applied }: Proof): string {
  return `Right-size ${flow}: ${applied.length === 1 ? (applied[0]?.suggestion.step ?? '1 step') : `${applied.length} steps`}`;
}

/** The commit’s message: what changes and by what proof, a line each, and what made it. */
export function commitMessage(proof: Proof): string {
  const lines = proof.applied.map(
    ({ suggestion }) =>
      `${suggestion.step}: ${describeChange(suggestion.effective, suggestion.suggestedEffective)}\n` +
      `  ${describeProof(suggestion)}`,
  );
  return [proofTitle(proof), '', ...lines, '', COMMIT_TRAILER, ''].join('\n');
}

/**
 * The body of a pull request: for each step what changes, the risk, the money and the replay, and how to go
 * back. Without images: code hosts show none that is inline.
 */
export function proofBody(proof: Proof): string {
  return [
    markerFor(proof.applied.map(({ suggestion }) => suggestion.step)),
    `StepFit replayed what the steps of ${code(proof.flow)} used over other requests. These would do:`,
    '',
    ...proof.applied.flatMap((one) => renderStep(one, proof.serverUrl)),
    '### To go back',
    '',
    `Revert the merge: the old values are in the diff. Nothing else depends on them. Close this without merging, ` +
      `and ${code('stepfit dismiss')} keeps it from coming again.`,
    '',
  ].join('\n');
}

function renderStep({ suggestion, outcome }: AppliedSuggestion, serverUrl: string): string[] {
  const { flow, step, evidence } = suggestion;
  const note =
    outcome.kind === 'changed' && outcome.note !== undefined ? [escape(outcome.note), ''] : [];
  const page = `${serverUrl}/steps/${encodeURIComponent(flow)}/${encodeURIComponent(step)}`;
  return [
    `### ${escape(step)}: ${escape(describeChange(suggestion.effective, suggestion.suggestedEffective))}`,
    '',
    `- **Money:** ${escape(describeSavings(suggestion.savings))}`,
    `- **Proof:** ${escape(describeProof(suggestion))}`,
    ...describeRisk(evidence).map((sentence) => `- **Risk:** ${escape(sentence)}`),
    ...suggestion.reasons.map((reason) => `- ${escape(reason)}`),
    '',
    ...note,
    ...memoryTable(suggestion),
    ...cpuTable(suggestion),
    `[All of its evidence](${page})`,
    '',
  ];
}

type Shown = AppliedSuggestion['suggestion'];

function memoryTable({ evidence }: Shown): string[] {
  const rows = evidence.memoryReplay
    .filter(({ kind }) => kind === 'value')
    .toSorted((a, b) => b.memoryMiB - a.memoryMiB);
  if (rows.length === 0) return [];
  return [
    'What these attempts would have met with other memory:',
    '',
    '| memory | | out of memory | GiB-h paid | GiB-h wasted | money |',
    '| ---: | --- | ---: | ---: | ---: | ---: |',
    ...rows.map(
      (row) =>
        `| ${formatMemory(row.memoryMiB)} | ${labelOf(row.label)} | ${row.failures} of ${row.attempts} | ` +
        `${formatAmount(row.paidGibHours)} | ${formatAmount(row.wastedGibHours)} | ${formatMoney(row.costUsd)} |`,
    ),
    '',
    '```text',
    ...wastePlot(rows),
    '```',
    '',
  ];
}

function labelOf(label: string): string {
  return label === 'suggested' ? '**suggested**' : label === 'current' ? 'today' : '';
}

const PLOT_WIDTH = 40;

/** Bars of what is paid: `█` needed, `░` wasted. */
function wastePlot(rows: Shown['evidence']['memoryReplay']): string[] {
  const most = Math.max(...rows.map(({ paidGibHours }) => paidGibHours), Number.MIN_VALUE);
  const width = Math.max(...rows.map(({ memoryMiB }) => formatMemory(memoryMiB).length));
  return rows.map(({ memoryMiB, paidGibHours, wastedGibHours, label }) => {
    const paid = Math.max(1, Math.round((PLOT_WIDTH * paidGibHours) / most));
    const wasted = Math.round((paid * wastedGibHours) / Math.max(paidGibHours, Number.MIN_VALUE));
    const bar = `${'█'.repeat(paid - wasted)}${'░'.repeat(wasted)}`;
    const mark = label === 'suggested' ? '  ← suggested' : label === 'current' ? '  ← today' : '';
    return `${formatMemory(memoryMiB).padStart(width)}  ${bar}${mark}`;
  });
}

function cpuTable({ evidence, effective, suggestedEffective }: Shown): string[] {
  const isChanged = effective.cpuCores !== suggestedEffective.cpuCores;
  if (evidence.cpuReplay.length === 0 || !isChanged) return [];
  return [
    '| cores | | running time | core-h paid |',
    '| ---: | --- | ---: | ---: |',
    ...evidence.cpuReplay.map((row) => {
      const longer = row.stretchRatio - 1;
      return `| ${formatAmount(row.cpuCores)} | ${labelOf(row.label)} | ${longer > 0 ? '+' : ''}${formatShare(longer)} | ${formatAmount(row.paidCoreHours)} |`;
    }),
    '',
  ];
}
