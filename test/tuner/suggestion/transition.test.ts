import { SUGGESTION_STATES } from '@stepfit/tuner/model/suggestion';
import { SUGGESTION_EVENTS, transition } from '@stepfit/tuner/suggestion/transition';
import { expect, it } from 'vitest';

it('allows exactly these changes of state', () => {
  const allowed = SUGGESTION_STATES.flatMap((state) =>
    SUGGESTION_EVENTS.flatMap((event) => {
      const next = transition(state, event);
      return next === undefined ? [] : [`${state} --${event}--> ${next}`];
    }),
  );

  expect(allowed).toEqual([
    'proposed --accept--> accepted',
    'proposed --dismiss--> dismissed',
    'proposed --snooze--> snoozed',
    'proposed --supersede--> superseded',
    'accepted --dismiss--> dismissed',
    'accepted --apply--> applied',
    'accepted --supersede--> superseded',
    'applied --verify--> verified',
    'applied --roll-back--> rolled-back',
    'verified --roll-back--> rolled-back',
    'snoozed --accept--> accepted',
    'snoozed --dismiss--> dismissed',
    'snoozed --wake--> proposed',
    'snoozed --supersede--> superseded',
  ]);
});
