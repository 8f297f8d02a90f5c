import { attemptId, type AttemptIdentity } from '@stepfit/collector/identity/attempt-id';
import type { AttemptReport } from '@stepfit/collector/usage/usage-report';

/** A report about an attempt of `TrainFlow`, with defaults for all that a test does not care about. */
export function attemptReport(
  report: Partial<Omit<AttemptReport, 'identity' | 'attemptId'>> & {
    readonly startedAtMs: number;
    readonly identity?: Partial<AttemptIdentity>;
  },
): AttemptReport {
  const identity: AttemptIdentity = {
    project: 'default',
    flow: 'TrainFlow',
    run: 'run-1',
    step: 'train',
    task: 'task-1',
    attempt: 0,
    ...report.identity,
  };
  return {
    facts: { features: {} },
    oomKills: 0,
    series: [],
    ...report,
    identity,
    attemptId: attemptId(identity),
  };
}
