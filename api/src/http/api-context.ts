import type { Store } from '@stepfit/collector/db/open-store';
import type { Prices } from '@stepfit/tuner/model/prices';

import type { Gate } from '../access/gate.ts';
import type { Role } from '../serve/roles.ts';

/** What the routes need, by argument. */
export interface ApiContext {
  readonly store: Store;
  readonly clock: () => Date;
  readonly prices: Prices;
  readonly roles: readonly Role[];
  readonly startedAt: Date;
  /** Who is let in; absent: everybody. */
  readonly gate?: Gate;
  /** Days that usage series are kept, where this process knows. */
  readonly retentionDays?: number;
}
