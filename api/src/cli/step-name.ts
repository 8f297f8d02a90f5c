import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

/**
 * Reads `FLOW/STEP` as people type it.
 *
 * @throws {StepfitError} `invalid-input` when one of the two is missing.
 */
export function parseStepName(name: string): { flow: string; step: string } {
  const { flow, step } = parseFlowOrStep(name);
  if (step !== undefined) return { flow, step };
  throw new StepfitError('invalid-input', `${name} does not name a step.`, {
    hint: 'Write FLOW/STEP, for example TrainFlow/train.',
  });
}

/** Reads `FLOW` or `FLOW/STEP`. */
export function parseFlowOrStep(name: string): { flow: string; step?: string } {
  const slash = name.indexOf('/');
  if (slash === -1 && name !== '') return { flow: name };
  const flow = name.slice(0, slash);
  const step = name.slice(slash + 1);
  if (flow !== '' && step !== '') return { flow, step };
  throw new StepfitError('invalid-input', `"${name}" names neither a flow nor a step.`, {
    hint: 'Write FLOW or FLOW/STEP, for example TrainFlow or TrainFlow/train.',
  });
}
