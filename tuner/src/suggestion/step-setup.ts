import { effectiveRequest } from '../backend/effective-request.ts';
import type { AttemptUsage, DeclaredDecorator, ResourceAmounts } from '../model/attempt-usage.ts';

/** What a step asks for today. */
export interface StepSetup {
  readonly backend: string;
  readonly declared: ResourceAmounts;
  readonly effective: ResourceAmounts;
  readonly decorators: readonly DeclaredDecorator[];
}

/** Stands in where a sampler says nothing of the backend. */
const UNKNOWN_BACKEND = 'command';

/**
 * The set-up of the newest first attempt, since a retry may have asked for more than the source says.
 * Attempts on a remote backend go before local ones, however new: a trial on somebody's machine does
 * not change what the step asks for where it is paid for.
 *
 * @returns undefined where there are no attempts.
 */
export function currentSetup(attempts: readonly AttemptUsage[]): StepSetup | undefined {
  const [newest] = attempts.toSorted(
    (a, b) =>
      Number(isRemote(b)) - Number(isRemote(a)) ||
      Number(b.attempt === 0) - Number(a.attempt === 0) ||
      b.startedAtMs - a.startedAtMs ||
      b.endedAtMs - a.endedAtMs ||
      (a.run + a.task < b.run + b.task ? -1 : 1),
  );
  if (newest === undefined) return undefined;
  const backend = newest.backend ?? UNKNOWN_BACKEND;
  return {
    backend,
    declared: newest.declared,
    effective: {
      ...newest.declared,
      ...effectiveRequest(backend, newest.declaredDecorators),
      // What launching put in its place is the tuner's own word, and must not count as the source's.
      ...(newest.hint?.before ?? newest.request),
    },
    decorators: newest.declaredDecorators,
  };
}

function isRemote({ backend }: AttemptUsage): boolean {
  return backend !== undefined && backend !== 'local' && backend !== UNKNOWN_BACKEND;
}
