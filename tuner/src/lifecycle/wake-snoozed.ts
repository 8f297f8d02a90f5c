import type { Store } from '@stepfit/collector/db/open-store';
import { sql } from 'kysely';

/** Makes the steps due whose snooze is over, so that the tuner proposes again by what it knows by then. */
export async function wakeSnoozed(db: Store['db'], now: Date): Promise<void> {
  const at = now.toISOString();
  await sql`
    update step set tune_due_at = ${at}::timestamptz
    from suggestion
    where suggestion.state = 'snoozed' and suggestion.snoozed_until <= ${at}::timestamptz
      and step.project = suggestion.project and step.flow = suggestion.flow
      and step.step = suggestion.step and step.tune_due_at is null`.execute(db);
}
