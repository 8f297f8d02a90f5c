import { StepfitError } from '../errors/stepfit-error.ts';
import type { AttemptIdentity } from './attempt.ts';
import { identityOfScheduler } from './ci-identity.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Of the store. */
const LONGEST_NAME = 512;

/** Who the attempt is, as far as the caller says. */
export interface GivenIdentity {
  readonly flow?: string;
  readonly step?: string;
  readonly run?: string;
  readonly task?: string;
  readonly attempt?: number;
}

/**
 * The identity from what was given, then `STEPFIT_FLOW`, `STEPFIT_STEP`, `STEPFIT_RUN`, then the scheduler's
 * variables.
 *
 * Without a task each attempt is a task of its own, since nothing tells one command of a job from the next, and
 * two attempts under one name would be stored as one. The scheduler's count of tries is taken for a task that has
 * a name: only then does a second try have the same one.
 *
 * @param defaults names that no other attempt has (the run's: no other program).
 * @throws {StepfitError} `invalid-input` without a flow or a step, or where a name cannot be stored.
 */
export function nameAttempt(
  given: GivenIdentity,
  env: Environment,
  defaults: Pick<AttemptIdentity, 'project' | 'run' | 'task'>,
): AttemptIdentity {
  const scheduler = identityOfScheduler(env);
  function name(key: 'flow' | 'run' | 'step'): string | undefined {
    const set = env[`STEPFIT_${key.toUpperCase()}`] || undefined;
    return given[key] ?? set ?? scheduler[key];
  }
  const tries = given.task === undefined ? 0 : (scheduler.attempt ?? 0);
  const identity: AttemptIdentity = {
    project: defaults.project,
    flow: required('flow', name('flow')),
    run: name('run') ?? defaults.run,
    step: required('step', name('step')),
    task: given.task ?? defaults.task,
    attempt: given.attempt ?? tries,
  };
  const unfit = (['project', 'flow', 'run', 'step', 'task'] as const).find(
    (key) => !isName(identity[key]),
  );
  if (unfit !== undefined) {
    throw new StepfitError('invalid-input', `The ${unfit}’s name cannot be stored.`, {
      hint: 'A name has 1 to 512 characters.',
    });
  }
  return identity;
}

function required(what: 'flow' | 'step', name: string | undefined): string {
  if (name !== undefined && name !== '') return name;
  throw new StepfitError('invalid-input', `Which ${what} is this an attempt of?`, {
    hint: `Give --${what} NAME, or STEPFIT_${what.toUpperCase()} in the environment.`,
  });
}

/** Whether a name can stand in an identity: there is one, and the store can hold it. */
function isName(text: string): boolean {
  return text !== '' && text.length <= LONGEST_NAME && !text.includes('\0');
}
