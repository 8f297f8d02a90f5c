import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import type { StepPolicy } from '../../../src/http/schemas/policies.ts';
import { readStepPolicy } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { Load } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import type { StepName } from './step.tsx';

/** Where each value of one step's policy comes from, and what it overrides. */
export function StepPolicyPanel({ steps }: { readonly steps: readonly StepName[] }): JSX.Element {
  const { project } = useBrowsing().filters;
  const [index, setIndex] = useState(0);
  const chosen = steps[index] ?? { flow: '', step: '' };
  const policy = useData(`policy of ${project} ${chosen.flow}/${chosen.step}`, (signal) =>
    readStepPolicy(chosen, project, signal),
  );
  return (
    <section class="panel" aria-labelledby="sources">
      <header>
        <h2 id="sources">Where does this value come from?</h2>
        <label class="quiet small">
          step{' '}
          <select value={index} onChange={(event) => setIndex(Number(event.currentTarget.value))}>
            {steps.map(({ flow, step }, position) => (
              <option key={`${flow}/${step}`} value={position}>
                {flow}/{step}
              </option>
            ))}
          </select>
        </label>
      </header>
      <Load loaded={policy}>{(data) => <Fields policy={data} />}</Load>
    </section>
  );
}

function Fields({ policy }: { readonly policy: StepPolicy }): JSX.Element {
  return (
    <Table
      label="Fields of the policy"
      rows={policy.fields}
      keyOf={({ field }) => field}
      columns={[
        { name: 'Field', cell: ({ field }) => <code>{field}</code> },
        { name: 'Value', isNumber: true, cell: ({ value }) => String(value) },
        { name: 'From', cell: (field) => <Source field={field} /> },
        {
          name: 'Overrides',
          cell: ({ overridden }) => (
            <span class="quiet">
              {overridden.map(({ value, source }) => `${String(value)} (${source})`).join(', ')}
            </span>
          ),
        },
      ]}
    />
  );
}

function Source({ field }: { readonly field: StepPolicy['fields'][number] }): JSX.Element {
  if (field.source === 'default') return <span class="quiet">the default</span>;
  return (
    <>
      {field.source} <code>{field.scope}</code>
    </>
  );
}
