import { isByFeatures } from '../model/by-features.ts';
import type { Resources, SuggestionBody } from '../model/suggestion.ts';
import { coresWords, countWords, memoryWords } from '../words/amounts.ts';

/** What a suggestion puts in place of what is asked for: amounts, or none where tasks are sized one by one. */
export function suggestedWords(body: SuggestionBody): string {
  return isByFeatures(body) ? 'memory by each task’s features' : amountsWords(body.suggested);
}

/** `2 cores, 4 GiB, 1 GPU`. */
export function amountsWords({ cpuCores, memoryMiB, gpuCount }: Resources): string {
  return [
    ...(cpuCores === undefined ? [] : [coresWords(cpuCores)]),
    ...(memoryMiB === undefined ? [] : [memoryWords(memoryMiB)]),
    ...(gpuCount === undefined || gpuCount === 0 ? [] : [countWords(gpuCount, 'GPU')]),
  ].join(', ');
}
