/** A row that is not part of the comparison, and why. */
export interface Refusal {
  /** Line of the file, 1 first. */
  readonly line: number;
  /** What the row calls itself, or nothing. */
  readonly name: string;
  /** The same words for every row with the same trouble. */
  readonly reason: string;
  /** What stood there. */
  readonly found?: string;
}

/** Refusals of one reason. */
export interface RefusalGroup {
  readonly reason: string;
  readonly count: number;
  /** The first few. */
  readonly examples: readonly Refusal[];
}

const EXAMPLES = 3;

/** By reason, the most frequent first. */
export function groupRefusals(refusals: readonly Refusal[]): RefusalGroup[] {
  return [...Map.groupBy(refusals, ({ reason }) => reason)]
    .map(([reason, members]) => ({
      reason,
      count: members.length,
      examples: members.slice(0, EXAMPLES),
    }))
    .toSorted((one, other) => other.count - one.count);
}
