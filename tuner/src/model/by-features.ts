import type { SuggestionBody } from './suggestion.ts';

/**
 * True where no single value is suggested in place of what is asked for: launching sizes each task by the
 * formula of the evidence.
 */
export function isByFeatures({ suggested, effective, evidence }: SuggestionBody): boolean {
  return (
    evidence.memoryFormula !== undefined &&
    (['cpuCores', 'memoryMiB', 'gpuCount'] as const).every(
      (key) => suggested[key] === effective[key],
    )
  );
}
