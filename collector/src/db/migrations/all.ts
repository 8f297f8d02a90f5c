import type { Migration } from 'kysely/migration';

import * as usage from './0001-usage.ts';
import * as surprises from './0002-surprises.ts';

/** Every migration in order. Static, so that the order shows in review and works under any loader. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-usage': usage,
  '0002-surprises': surprises,
};
