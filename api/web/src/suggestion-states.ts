/** States of suggestions that a list can show, with what is said of those in it. */
export const STATE_WORDS = {
  proposed: 'wait for a decision',
  accepted: 'accepted, to be applied',
  applied: 'applied, being watched',
  verified: 'applied and verified',
  snoozed: 'put off',
  dismissed: 'dismissed',
  'rolled-back': 'rolled back',
  superseded: 'superseded by newer ones',
} as const;
export type InboxState = keyof typeof STATE_WORDS;

/** The state that an address asks for; proposed where it says nothing. */
export function readInboxState(search: string): InboxState {
  const asked = new URLSearchParams(search).get('state');
  return asked !== null && asked in STATE_WORDS ? (asked as InboxState) : 'proposed';
}
