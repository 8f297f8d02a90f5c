import type { Rollout, Suggestion, SuggestionBody } from '../model/suggestion.ts';
import type { SuggestionEvent } from './transition.ts';

/** One thing to write about a step's suggestions. */
export type Change =
  | {
      readonly kind: 'move';
      readonly suggestion: Suggestion;
      readonly event: SuggestionEvent;
      readonly note?: string;
      readonly rollout?: Rollout;
    }
  /** The same values, or ones that nobody has agreed to yet, with newer evidence. */
  | {
      readonly kind: 'refresh';
      readonly suggestion: Suggestion;
      readonly strategy: string;
      readonly body: SuggestionBody;
    }
  /** Something speaks against it; without a reason, nothing does any more. */
  | { readonly kind: 'stale'; readonly suggestion: Suggestion; readonly reason?: string }
  /** How it is tried goes on another way, in the same state. */
  | {
      readonly kind: 'rollout';
      readonly suggestion: Suggestion;
      readonly rollout: Rollout;
      readonly note: string;
    }
  | { readonly kind: 'propose'; readonly strategy: string; readonly body: SuggestionBody };
