import type { PolicyDocument } from '@stepfit/tuner/model/policy';
import type { PolicyDifference } from '@stepfit/tuner/policy/edit-policies';
import { renderPolicyFile } from '@stepfit/tuner/policy/policy-file';

import type { Policies } from '../http/schemas/policies.ts';
import type { PlacedPolicy } from './policy-places.ts';
import { formatTime } from './quantities.ts';
import type { TextOptions } from './report-text.ts';
import { printable } from './style.ts';
import { renderTable } from './text-table.ts';

/** All policies as the file that says the same, with who changed them last above. */
export function renderPolicies(policies: Policies): string {
  const { revision, at, actor, reason, ...document } = policies;
  const by =
    at === undefined
      ? ''
      : `, ${formatTime(at)} UTC by ${actor ?? ''}${reason === undefined ? '' : `: ${reason}`}`;
  const heading =
    revision === 0 ? 'Nothing is set: the defaults are in force.' : `Revision ${revision}${by}`;
  return `# ${printable(heading)}\n${renderDocument(document)}`;
}

function renderDocument(document: PolicyDocument): string {
  return renderPolicyFile(document).trimEnd();
}

/** One line for each field that changes: `TrainFlow/train  riskRatio  0.01 → 0.05`. */
export function renderDifferences(
  differences: readonly PolicyDifference[],
  { width, style }: TextOptions,
): string[] {
  return renderTable(
    differences,
    [
      { title: 'for', align: 'left', cell: ({ scope }) => scope, shrinkTo: 12 },
      { title: 'field', align: 'left', cell: ({ field }) => field },
      { title: 'change', align: 'left', cell: changeWords },
    ],
    { width, style },
  );
}

function changeWords({ from, to }: PolicyDifference): string {
  return `${from === undefined ? 'not set' : String(from)} → ${to === undefined ? 'not set' : String(to)}`;
}

/** Every field of a step's policy, where its value comes from, and what that overrides. */
export function renderStepPolicy(
  { flow, step, fields }: PlacedPolicy,
  { width, style }: TextOptions,
): string {
  const table = renderTable(
    fields,
    [
      { title: 'field', align: 'left', cell: ({ field }) => field },
      { title: 'value', align: 'left', cell: ({ value }) => String(value) },
      {
        title: 'from',
        align: 'left',
        cell: originWords,
        paint: (text, { source }) =>
          source === 'default' ? style.faint(text) : style.accent(text),
        shrinkTo: 20,
      },
      {
        title: 'instead of',
        align: 'left',
        dropOrder: 1,
        cell: ({ overridden }) => overridden.map(overriddenWords).join(', '),
        paint: (text) => style.faint(text),
      },
    ],
    { width, style },
  );
  return [style.strong(printable(`${flow}/${step}`)), ...table].join('\n');
}

type Origin = Pick<PlacedPolicy['fields'][number], 'source' | 'scope' | 'place'>;

function originWords({ source, scope, place }: Origin): string {
  if (source === 'default') return 'default';
  const named =
    source === 'project' ? 'project' : source === 'exclude' ? `exclude ${scope}` : scope;
  return place === undefined ? named : `${named}, ${place}`;
}

function overriddenWords(other: PlacedPolicy['fields'][number]['overridden'][number]): string {
  return `${String(other.value)} (${originWords(other)})`;
}
