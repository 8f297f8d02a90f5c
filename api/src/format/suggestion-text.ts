import { isByFeatures } from '@stepfit/tuner/model/by-features';
import type { Suggestion, SuggestionBody } from '@stepfit/tuner/model/suggestion';

import type { SkipView } from '../http/schemas/report.ts';
import { formatShare, formatTime } from './quantities.ts';
import type { TextOptions } from './report-text.ts';
import { printable } from './style.ts';
import { describeChange, describeProof, describeSavings, PENDING_WORDS } from './words.ts';
import { paragraph, wrapText } from './wrap-text.ts';

/** One step as `stepfit suggest` shows it. */
export interface StepVerdict {
  readonly flow: string;
  readonly step: string;
  readonly suggestion?: SuggestionBody & Partial<Pick<Suggestion, 'rollout' | 'stale' | 'state'>>;
  readonly skip?: SkipView;
}

const INDENT = '  ';

/** Change, proof, savings, and the line to paste; or the reason why there is nothing to change. */
export function renderVerdict(verdict: StepVerdict, options: TextOptions): string {
  const { style } = options;
  const name = style.strong(printable(`${verdict.flow}/${verdict.step}`));
  if (verdict.suggestion !== undefined) {
    const { effective, suggestedEffective } = verdict.suggestion;
    const change = style.good(describeChange(effective, suggestedEffective));
    const { state } = verdict.suggestion;
    const accepted = state === 'accepted' ? `  ${style.faint('(accepted)')}` : '';
    return [
      `${name}  ${change}${accepted}`,
      ...renderStanding(verdict, options),
      ...renderSuggestion(verdict.suggestion, options),
    ].join('\n');
  }
  const reason = verdict.skip?.detail ?? PENDING_WORDS;
  const code = verdict.skip === undefined ? 'pending' : verdict.skip.code;
  return [
    `${name}  ${style.faint(`no change (${code})`)}`,
    ...paragraph(printable(reason), options),
  ].join('\n');
}

/** What speaks against it, how it is tried, and why it is not. */
function renderStanding({ suggestion, skip }: StepVerdict, options: TextOptions): string[] {
  const { stale, rollout } = suggestion ?? {};
  const lines = [
    ...(stale === undefined ? [] : [`stale  ${stale.reason}`]),
    ...(rollout === undefined
      ? []
      : [
          `trial  ${formatShare(rollout.share)} of the tasks, ${describeChange(rollout.previous, rollout.plan.first)}, since ${formatTime(rollout.startedAt)} UTC`,
        ]),
    ...(skip === undefined ? [] : [`waits  ${skip.detail}`]),
  ];
  return lines.flatMap((line) => paragraph(printable(line), options));
}

function renderSuggestion(suggestion: SuggestionBody, options: TextOptions): string[] {
  const { style } = options;
  const proofAndMoney = [
    ...paragraph(`proof  ${describeProof(suggestion)}`, options),
    ...paragraph(`money  ${describeSavings(suggestion.savings)}`, options),
  ];
  if (isByFeatures(suggestion)) {
    const formula = suggestion.evidence.formulaProof?.words ?? '';
    return [
      ...paragraph(
        printable(`no single value saves; by its features it does: ${formula}`),
        options,
      ),
      ...proofAndMoney,
    ];
  }
  return [...proofAndMoney, `${INDENT}paste  ${style.accent(printable(suggestion.decoratorLine))}`];
}

/** What a reader should know about lines and money, each note once however many steps it is for. */
export function renderNotes(verdicts: readonly StepVerdict[], options: TextOptions): string[] {
  const suggestions = verdicts.flatMap(({ suggestion }) => suggestion ?? []);
  const isShared = suggestions.some(({ savings }) => savings.billedUnit === 'node');
  const notes = new Set(suggestions.flatMap(({ decoratorNote }) => decoratorNote ?? []));
  if (isShared) notes.add(SHARED_NOTE);
  return [...notes].map((note) =>
    wrapText(`Note: ${printable(note)}`, options.width)
      .map(options.style.faint)
      .join('\n'),
  );
}

const SHARED_NOTE =
  'Tasks share machines by these prices: what is freed leaves the bill once a machine can go.';
