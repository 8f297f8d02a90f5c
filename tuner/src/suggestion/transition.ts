import type { SuggestionState } from '../model/suggestion.ts';

/** What can happen to a suggestion. */
export const SUGGESTION_EVENTS = [
  'accept',
  'dismiss',
  'snooze',
  'wake',
  'apply',
  'verify',
  'roll-back',
  'supersede',
] as const;
export type SuggestionEvent = (typeof SUGGESTION_EVENTS)[number];

/** Every state with the events it allows and where they lead. States without events are final. */
const TRANSITIONS: Readonly<
  Record<SuggestionState, Readonly<Partial<Record<SuggestionEvent, SuggestionState>>>>
> = {
  proposed: {
    accept: 'accepted',
    dismiss: 'dismissed',
    snooze: 'snoozed',
    supersede: 'superseded',
  },
  snoozed: { wake: 'proposed', accept: 'accepted', dismiss: 'dismissed', supersede: 'superseded' },
  accepted: { apply: 'applied', dismiss: 'dismissed', supersede: 'superseded' },
  applied: { verify: 'verified', 'roll-back': 'rolled-back' },
  verified: { 'roll-back': 'rolled-back' },
  dismissed: {},
  superseded: {},
  'rolled-back': {},
};

/** The state that follows, or undefined where the state does not allow the event. */
export function transition(
  state: SuggestionState,
  event: SuggestionEvent,
): SuggestionState | undefined {
  return TRANSITIONS[state][event];
}
