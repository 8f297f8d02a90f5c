import type { Box } from '../http/schemas/flows.ts';

/**
 * Five numbers of what attempts showed, by nearest rank, so that each is an attempt that took place.
 * Undefined where none showed anything.
 */
export function boxOf<Attempt extends { readonly attempt_id: string }>(
  attempts: readonly Attempt[],
  amountOf: (attempt: Attempt) => number | null,
): Box | undefined {
  const known = attempts
    .flatMap((attempt) => {
      const amount = amountOf(attempt);
      return amount === null ? [] : [{ amount, attemptId: attempt.attempt_id }];
    })
    .toSorted((a, b) => a.amount - b.amount);
  const [least] = known;
  const most = known.at(-1);
  if (least === undefined || most === undefined) return undefined;
  function rank(share: number): number {
    return known[Math.max(0, Math.ceil(share * known.length) - 1)]?.amount ?? 0;
  }
  return {
    attempts: known.length,
    min: least.amount,
    lower: rank(0.25),
    median: rank(0.5),
    upper: rank(0.75),
    max: most.amount,
    maxAttemptId: most.attemptId,
  };
}
