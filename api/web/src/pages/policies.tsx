import type { JSX } from 'preact';

import { formatTime } from '../../../src/format/quantities.ts';
import type { Policies } from '../../../src/http/schemas/policies.ts';
import { readPolicies, readReport } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { FilterBar } from '../parts/filter-bar.tsx';
import { Empty, Load } from '../parts/states.tsx';
import { Table } from '../parts/table.tsx';
import { StepPolicyPanel } from './policies-step.tsx';

const STEPS_OFFERED = 500;

/** What people allow the tuner to do, and for any step where each value comes from. */
export function PoliciesPage(): JSX.Element {
  const { filters } = useBrowsing();
  const { project } = filters;
  const policies = useData(`policies ${project}`, (signal) => readPolicies(project, signal));
  const report = useData(`policy steps ${project}`, (signal) =>
    readReport({ days: 366, ...(project !== undefined && { project }) }, STEPS_OFFERED, signal),
  );
  return (
    <>
      <div class="head">
        <div>
          <h1>Policies</h1>
          <p class="quiet">What the tuner may do, the most specific winning field by field</p>
        </div>
        <FilterBar only={['project']} hasTime={false} />
      </div>
      <Load loaded={policies}>{(data) => <Document policies={data} />}</Load>
      {report.kind === 'ready' && report.data.steps.length > 0 && (
        <StepPolicyPanel
          steps={report.data.steps
            .map(({ flow, step }) => ({ flow, step }))
            .toSorted((a, b) => (`${a.flow}/${a.step}` < `${b.flow}/${b.step}` ? -1 : 1))}
        />
      )}
    </>
  );
}

function Document({ policies }: { readonly policies: Policies }): JSX.Element {
  const { exclude, revision, at, actor, reason } = policies;
  if (revision === 0) {
    return (
      <Empty title="No policies yet: the defaults are in force everywhere">
        <p>
          They are written in a file and put in force by <code>stepfit policy push</code>, so that
          they can be reviewed like code.
        </p>
      </Empty>
    );
  }
  return (
    <section class="panel stack" aria-label="In force">
      <header class="panel-head">
        <h2>In force</h2>
        <span class="quiet small">
          revision {revision}
          {actor !== undefined && ` by ${actor}`}
          {at !== undefined && `, ${formatTime(at)} UTC`}
          {reason !== undefined && `: ${reason}`}
        </span>
      </header>
      {exclude.length > 0 && (
        <p>
          Nothing is suggested for{' '}
          {exclude.map((glob) => (
            <code key={glob}>{glob} </code>
          ))}
        </p>
      )}
      <Table
        label="Policies"
        rows={policies.policies}
        keyOf={scopeOf}
        columns={[
          { name: 'For', isName: true, cell: scopeOf },
          {
            name: 'Says',
            cell: ({ policy }) =>
              Object.entries(policy).map(([field, value]) => (
                <div key={field}>
                  <code>{field}</code> {String(value)}
                </div>
              )),
          },
        ]}
      />
    </section>
  );
}

function scopeOf({ flow, step }: Policies['policies'][number]): string {
  if (flow === undefined && step === undefined) return 'the whole project';
  return `${flow ?? '*'}/${step ?? '*'}`;
}
