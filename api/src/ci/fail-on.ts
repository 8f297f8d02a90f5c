import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

/** What fails a build. Nothing does that is not asked for. */
export interface FailOn {
  /** A figure that grew by more than this share: 0 for any growth that was found. */
  readonly regressionRatio?: number;
  /** More than this share of a step's money wasted. */
  readonly wasteRatio?: number;
}

/**
 * Reads `regression,waste>30%` and `regression>20%`.
 *
 * @throws {StepfitError} `invalid-input` for anything else.
 */
export function parseFailOn(text: string): FailOn {
  const parts = text.split(',').map((part) => part.trim());
  return Object.assign({}, ...parts.filter((part) => part !== '').map(parsePart)) as FailOn;
}

function parsePart(part: string): FailOn {
  const [, name, percent] = /^(regression|waste)\s*(?:>\s*(\d+(?:\.\d+)?)\s*%)?$/.exec(part) ?? [];
  const ratio = percent === undefined ? undefined : Number(percent) / 100;
  if (name === 'regression') return { regressionRatio: ratio ?? 0 };
  if (name === 'waste' && ratio !== undefined) return { wasteRatio: ratio };
  throw new StepfitError('invalid-input', `"${part}" is nothing that a build can fail on.`, {
    hint: 'Write --fail-on regression, regression>20% or waste>30%, with commas between.',
  });
}
