import { SUGGESTION_EVENTS, transition } from '@stepfit/tuner/lifecycle/transition';
import { SUGGESTION_STATES } from '@stepfit/tuner/model/suggestion';
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
    'proposed --apply--> applied',
    'proposed --supersede--> superseded',
    'accepted --dismiss--> dismissed',
    'accepted --reopen--> proposed',
    'accepted --apply--> applied',
    'accepted --roll-back--> rolled-back',
    'accepted --supersede--> superseded',
    'applied --verify--> verified',
    'applied --roll-back--> rolled-back',
    'applied --supersede--> superseded',
    'verified --roll-back--> rolled-back',
    'verified --supersede--> superseded',
    'dismissed --reopen--> proposed',
    'dismissed --supersede--> superseded',
    'snoozed --accept--> accepted',
    'snoozed --dismiss--> dismissed',
    'snoozed --snooze--> snoozed',
    'snoozed --reopen--> proposed',
    'snoozed --wake--> proposed',
    'snoozed --apply--> applied',
    'snoozed --supersede--> superseded',
    'rolled-back --reopen--> proposed',
    'rolled-back --supersede--> superseded',
  ]);
});
