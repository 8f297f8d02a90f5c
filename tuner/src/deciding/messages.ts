import type { Verdict } from '../model/suggestion.ts';
import type { StepInput } from '../suggestion/decide-step.ts';

/** What the deciding thread is asked. */
export interface Question {
  readonly id: number;
  readonly input: StepInput;
}

/** What it says to that; an error arrives with its message and its stack. */
export type Answer =
  | { readonly kind: 'verdict'; readonly id: number; readonly verdict: Verdict }
  | { readonly kind: 'failed'; readonly id: number; readonly error: Error };
