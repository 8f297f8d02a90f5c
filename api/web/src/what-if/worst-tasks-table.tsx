import type { JSX } from 'preact';

import { formatMemory } from '../../../src/format/quantities.ts';
import type { StepReplay } from '../../../src/http/schemas/replay.ts';
import { AttemptLink } from '../parts/attempt-table.tsx';
import { Table } from '../parts/table.tsx';
import { worstTasks } from './worst-tasks.ts';

const SHOWN = 5;

/** The tasks that needed most, by name, and whether the request tried is enough for them. */
export function WorstTasks({
  replay,
  requestMiB,
}: {
  readonly replay: StepReplay;
  readonly requestMiB: number;
}): JSX.Element {
  return (
    <Table
      label="The tasks that needed most"
      caption="The tasks that needed most"
      rows={worstTasks(replay, requestMiB, SHOWN)}
      keyOf={({ attemptId }) => attemptId}
      columns={[
        { name: 'Run / task', isName: true, cell: (task) => <AttemptLink {...task} /> },
        {
          name: 'Need',
          isNumber: true,
          cell: ({ needMiB, seenMiB }) =>
            `${needMiB > seenMiB ? '> ' : ''}${formatMemory(seenMiB)}`,
        },
        {
          name: `With ${formatMemory(requestMiB)}`,
          cell: ({ isFailed }) =>
            isFailed ? <span class="bad">out of memory</span> : <span class="quiet">fits</span>,
        },
      ]}
    />
  );
}
