import type { Migration } from 'kysely/migration';

import * as usage from './0001-usage.ts';
import * as surprises from './0002-surprises.ts';
import * as usedGpus from './0003-used-gpus.ts';
import * as needRatios from './0004-need-ratios.ts';
import * as proofs from './0005-proofs.ts';
import * as verdictBasis from './0006-verdict-basis.ts';
import * as limitsAndIo from './0007-limits-and-io.ts';
import * as hints from './0008-hints.ts';
import * as policies from './0009-policies.ts';
import * as lifeCycle from './0010-life-cycle.ts';
import * as graph from './0011-graph.ts';
import * as revisions from './0012-revisions.ts';
import * as suggestionSummary from './0013-suggestion-summary.ts';
import * as notifications from './0014-notifications.ts';
import * as tokens from './0016-tokens.ts';
import * as stepWeek from './0017-step-week.ts';
import * as attemptIndexes from './0018-attempt-indexes.ts';

/** Every migration in order. Static, so that the order shows in review and works under any loader. */
export const MIGRATIONS: Record<string, Migration> = {
  '0001-usage': usage,
  '0002-surprises': surprises,
  '0003-used-gpus': usedGpus,
  '0004-need-ratios': needRatios,
  '0005-proofs': proofs,
  '0006-verdict-basis': verdictBasis,
  '0007-limits-and-io': limitsAndIo,
  '0008-hints': hints,
  '0009-policies': policies,
  '0010-life-cycle': lifeCycle,
  '0011-graph': graph,
  '0012-revisions': revisions,
  '0013-suggestion-summary': suggestionSummary,
  '0014-notifications': notifications,
  '0016-tokens': tokens,
  '0017-step-week': stepWeek,
  '0018-attempt-indexes': attemptIndexes,
};
