import type { Store } from '@stepfit/collector/db/open-store';
import { sql } from 'kysely';

import type { QueueDepths } from '../telemetry/instruments.ts';

/** What waits to be worked on, over all projects; both counts come from partial indexes. */
export async function readQueues({ db }: Store): Promise<QueueDepths> {
  const { rows } = await sql<QueueDepths>`
    select
      (select count(*) from attempt where outcome is not null and settled_at is null)::int
        as "unsettledAttempts",
      (select count(*) from step where tune_due_at is not null)::int as "dueSteps"`.execute(db);
  const [depths] = rows;
  return depths ?? { unsettledAttempts: 0, dueSteps: 0 };
}
