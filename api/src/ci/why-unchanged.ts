import type { AppliedSuggestion } from '../apply/apply-suggestions.ts';
import type { LeftAlone } from '../apply/choose-suggestions.ts';
import type { ReportRow } from '../http/schemas/report.ts';

/** What is known of steps whose source stays as it is. */
interface Known {
  readonly results: readonly AppliedSuggestion[];
  readonly leftAlone: readonly LeftAlone[];
  readonly rows: readonly ReportRow[];
}

/** Why a step that a pull request was opened for has nothing left to change, in a sentence. */
export function whyUnchanged(
  { flow, step }: { readonly flow: string; readonly step: string },
  { results, leftAlone, rows }: Known,
): string {
  function isOwn(one: { readonly flow: string; readonly step: string }): boolean {
    return one.flow === flow && one.step === step;
  }
  const outcome = results.find(({ suggestion }) => isOwn(suggestion))?.outcome;
  if (outcome?.kind === 'unchanged') return 'Its source asks for it already.';
  if (outcome?.kind === 'refused') return outcome.detail;
  const left = leftAlone.find(({ suggestion }) => isOwn(suggestion));
  if (left !== undefined) return left.detail;
  const row = rows.find(isOwn);
  if (row?.skip !== undefined) return row.skip.detail;
  return row?.suggestion === undefined
    ? 'Nothing is suggested for it any more.'
    : 'What is suggested for it is left out by the options of this job.';
}
