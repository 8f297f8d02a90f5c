import type { Resources } from '../model/suggestion.ts';
import { coresWords, countWords, memoryWords } from '../words/amounts.ts';

/** `2 cores, 4 GiB, 1 GPU`. */
export function amountsWords({ cpuCores, memoryMiB, gpuCount }: Resources): string {
  return [
    ...(cpuCores === undefined ? [] : [coresWords(cpuCores)]),
    ...(memoryMiB === undefined ? [] : [memoryWords(memoryMiB)]),
    ...(gpuCount === undefined || gpuCount === 0 ? [] : [countWords(gpuCount, 'GPU')]),
  ].join(', ');
}
