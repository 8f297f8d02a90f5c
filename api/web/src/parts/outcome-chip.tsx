import type { JSX } from 'preact';

import type { Attempt } from '../../../src/http/schemas/attempts.ts';

/** How an attempt ended, in words. */
export function describeOutcome(outcome: Attempt['outcome'] | undefined): string {
  return outcome === undefined ? 'running' : outcome === 'oom' ? 'out of memory' : outcome;
}

/** How an attempt ended, and why that is believed. */
export function OutcomeChip({
  attempt,
}: {
  readonly attempt: Pick<Attempt, 'outcome' | 'outcomeEvidence'>;
}): JSX.Element {
  const outcome = attempt.outcome ?? 'running';
  return (
    <span class={`chip ${outcome}`} title={attempt.outcomeEvidence ?? ''}>
      {describeOutcome(attempt.outcome)}
    </span>
  );
}
