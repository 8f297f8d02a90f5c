import type { SuggestionState } from '../model/suggestion.ts';

/** What can happen to a suggestion. The first four are what people say; the others are observed. */
export const SUGGESTION_EVENTS = [
  'accept',
  'dismiss',
  'snooze',
  'reopen',
  'wake',
  'apply',
  'verify',
  'roll-back',
  'supersede',
] as const;
export type SuggestionEvent = (typeof SUGGESTION_EVENTS)[number];

/** Where an event leads; `null` where the state does not allow it. */
type Row = Readonly<Record<SuggestionEvent, SuggestionState | null>>;

/** For events that a state does not speak of. */
const REFUSES_ALL: Row = {
  accept: null,
  dismiss: null,
  snooze: null,
  reopen: null,
  wake: null,
  apply: null,
  verify: null,
  'roll-back': null,
  supersede: null,
};

const TRANSITIONS: Readonly<Record<SuggestionState, Row>> = {
  proposed: {
    ...REFUSES_ALL,
    accept: 'accepted',
    dismiss: 'dismissed',
    snooze: 'snoozed',
    // Somebody may take the values into the source without a word.
    apply: 'applied',
    supersede: 'superseded',
  },
  snoozed: {
    ...REFUSES_ALL,
    accept: 'accepted',
    dismiss: 'dismissed',
    snooze: 'snoozed',
    reopen: 'proposed',
    wake: 'proposed',
    apply: 'applied',
    supersede: 'superseded',
  },
  accepted: {
    ...REFUSES_ALL,
    dismiss: 'dismissed',
    reopen: 'proposed',
    apply: 'applied',
    // A canary is accepted, not yet applied.
    'roll-back': 'rolled-back',
    supersede: 'superseded',
  },
  applied: {
    ...REFUSES_ALL,
    verify: 'verified',
    'roll-back': 'rolled-back',
    supersede: 'superseded',
  },
  verified: { ...REFUSES_ALL, 'roll-back': 'rolled-back', supersede: 'superseded' },
  dismissed: { ...REFUSES_ALL, reopen: 'proposed', supersede: 'superseded' },
  'rolled-back': { ...REFUSES_ALL, reopen: 'proposed', supersede: 'superseded' },
  superseded: REFUSES_ALL,
};

/** The state that follows, or undefined where the state does not allow the event. */
export function transition(
  state: SuggestionState,
  event: SuggestionEvent,
): SuggestionState | undefined {
  return TRANSITIONS[state][event] ?? undefined;
}
