import type { AttemptEnd } from '../attempt/attempt.ts';

/** How the function of a step ended. */
export type StepResult<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'error'; readonly error: unknown };

/** V8's and Node's own words for memory that there was not. */
const OUT_OF_MEMORY = /allocation failed|out of memory|Invalid array buffer length/i;

/** The outcome of a step's function, with its evidence. */
export function judgeStep(result: StepResult<unknown>, endedMs: number): AttemptEnd {
  if (result.kind === 'value') {
    return { outcome: 'succeeded', evidence: 'The function of the step returned.', endedMs };
  }
  const { name, code, message } = describeError(result.error);
  const evidence = `The function of the step threw ${name}.`;
  if (
    code === 'ERR_WORKER_OUT_OF_MEMORY' ||
    (name === 'RangeError' && OUT_OF_MEMORY.test(message))
  ) {
    return { outcome: 'oom', evidence, endedMs, exceptionType: name };
  }
  const outcome = name === 'TimeoutError' ? 'timeout' : 'failed';
  return { outcome, evidence, endedMs, exceptionType: name };
}

function describeError(error: unknown): { name: string; code: unknown; message: string } {
  if (!(error instanceof Error)) return { name: typeof error, code: undefined, message: '' };
  const { code } = error as NodeJS.ErrnoException;
  return { name: error.name, code, message: error.message };
}
