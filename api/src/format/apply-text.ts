import type { AppliedSuggestion, Application } from '../apply/apply-suggestions.ts';
import type { LeftAlone } from '../apply/choose-suggestions.ts';
import { formatCount } from './quantities.ts';
import { printable, type Style } from './style.ts';
import { describeChange, describeProof, describeSavings } from './words.ts';
import { paragraph } from './wrap-text.ts';

interface TextOptions {
  readonly width: number;
  readonly style: Style;
}

/** One line of head for each suggestion, and why where its step is left alone; then the count. */
export function renderApplication(
  { results, files, unreadable }: Application,
  isWritten: boolean,
  options: TextOptions,
): string {
  const told = results.filter(({ outcome }) => outcome.kind !== 'absent');
  const absent = results.length - told.length;
  const lines = told.flatMap((result) => renderResult(result, options));
  const changed = told.filter(({ outcome }) => outcome.kind === 'changed').length;
  const verb = isWritten ? 'written' : 'would be written';
  const closing = [
    `${formatCount(changed, 'step')} in ${formatCount(files.length, 'file')} ${verb}` +
      `${absent === 0 ? '' : `; ${formatCount(absent, 'suggestion')} for flows that are not in these files`}.`,
    ...unreadable.map((path) => `${printable(path)} is not UTF-8 and was not read.`),
  ];
  return [...lines, ...closing].join('\n');
}

/** Suggestions that no source is changed for, with why. */
export function renderLeftAlone(all: readonly LeftAlone[], options: TextOptions): string {
  return all
    .flatMap(({ suggestion, code, detail }) => [
      leftAlone(suggestion, code, options),
      ...paragraph(printable(detail), options),
    ])
    .join('\n');
}

function leftAlone(
  { flow, step }: { readonly flow: string; readonly step: string },
  code: string,
  { style }: TextOptions,
): string {
  const name = style.strong(printable(`${flow}/${step}`));
  return `${name}  ${style.bad('left alone')} ${style.faint(`[${code}]`)}`;
}

function renderResult({ suggestion, outcome }: AppliedSuggestion, options: TextOptions): string[] {
  const { style } = options;
  const name = style.strong(printable(`${suggestion.flow}/${suggestion.step}`));
  const change = describeChange(suggestion.effective, suggestion.suggestedEffective);
  switch (outcome.kind) {
    case 'changed': {
      const place = style.faint(printable(`${outcome.path}:${outcome.line}`));
      return [
        `${name}  ${style.good(change)}  ${place}`,
        ...paragraph(`proof  ${describeProof(suggestion)}`, options),
        ...paragraph(`money  ${describeSavings(suggestion.savings)}`, options),
        ...(outcome.note === undefined
          ? []
          : paragraph(`note   ${printable(outcome.note)}`, options)),
      ];
    }
    case 'unchanged':
      return [
        `${name}  ${style.faint('asks for it already')}  ${style.faint(printable(outcome.path))}`,
      ];
    case 'refused': {
      const at = outcome.place === undefined ? '' : `${outcome.place.path}:${outcome.place.line}: `;
      return [
        leftAlone(suggestion, outcome.code, options),
        ...paragraph(`${printable(at)}${printable(outcome.detail)}`, options),
      ];
    }
    case 'absent':
      return [];
  }
}
