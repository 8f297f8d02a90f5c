import type { Migration } from 'kysely/migration';

import * as usage from './0001-usage.ts';
import * as surprises from './0002-surprises.ts';
import * as usedGpus from './0003-used-gpus.ts';
import * as needRatios from './0004-need-ratios.ts';
import * as proofs from './0005-proofs.ts';

/** Every migration in order. Static, so that the order shows in review and works under any loader. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-usage': usage,
  '0002-surprises': surprises,
  '0003-used-gpus': usedGpus,
  '0004-need-ratios': needRatios,
  '0005-proofs': proofs,
};
