import type { ResourceAmounts } from '../model/attempt-usage.ts';
import type { Suggestion, SuggestionState } from '../model/suggestion.ts';

/** States in which a suggestion’s values are what the step asks for. */
export const IN_FORCE_STATES = ['applied', 'verified'] as const satisfies SuggestionState[];

/** States in which people, or the attempts, have said no. */
const REFUSED_STATES: ReadonlySet<SuggestionState> = new Set(['dismissed', 'rolled-back']);

/** What there is of a step’s suggestions besides those superseded. */
export interface Standing {
  readonly proposed?: Suggestion;
  readonly snoozed?: Suggestion;
  readonly accepted?: Suggestion;
  /** The newest that is applied or verified. */
  readonly inForce?: Suggestion;
  /** Older ones whose values have been replaced. */
  readonly replaced: readonly Suggestion[];
  /** What was dismissed or rolled back after the one in force, newest first. */
  readonly refused: readonly Suggestion[];
}

/** Sorts a step's suggestions, which come newest first. */
export function standingOf(suggestions: readonly Suggestion[]): Standing {
  function newest(...states: readonly SuggestionState[]): Suggestion | undefined {
    return suggestions.find(({ state }) => states.includes(state));
  }
  const proposed = newest('proposed');
  const snoozed = newest('snoozed');
  const accepted = newest('accepted');
  const inForce = newest(...IN_FORCE_STATES);
  return {
    ...(proposed !== undefined && { proposed }),
    ...(snoozed !== undefined && { snoozed }),
    ...(accepted !== undefined && { accepted }),
    ...(inForce !== undefined && { inForce }),
    replaced: suggestions.filter(
      (one) => one !== inForce && IN_FORCE_STATES.some((state) => state === one.state),
    ),
    refused: suggestions.filter(({ state }) => REFUSED_STATES.has(state)),
  };
}

/** A task and a launcher count memory in units of about a MiB; cores and GPUs are exact. */
const SAME_MIB = 1;
const SAME_CORES = 1e-9;

/** Whether a request asks for the amounts, as far as they say something. */
export function asksFor(request: ResourceAmounts, amounts: ResourceAmounts): boolean {
  return (['cpuCores', 'memoryMiB', 'gpuCount'] as const).every((key) => {
    const wanted = amounts[key];
    if (wanted === undefined) return true;
    const difference = Math.abs((request[key] ?? 0) - wanted);
    return difference <= (key === 'memoryMiB' ? SAME_MIB : SAME_CORES);
  });
}

/**
 * Whether two amounts differ by no more than a share, in every resource: of what `scale` has of it, where one is
 * given, else of the larger of the two.
 */
export function isSimilar(
  one: ResourceAmounts,
  other: ResourceAmounts,
  toleranceRatio: number,
  scale?: ResourceAmounts,
): boolean {
  return (['cpuCores', 'memoryMiB', 'gpuCount'] as const).every((key) => {
    const [a, b] = [one[key] ?? 0, other[key] ?? 0];
    const whole = Math.max(a, b, scale?.[key] ?? 0);
    const allowed = key === 'gpuCount' ? 0 : toleranceRatio * whole;
    return Math.abs(a - b) <= allowed;
  });
}
