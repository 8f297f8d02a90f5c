import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { formatCount } from '../../../src/format/quantities.ts';
import { useAccess } from '../access.ts';
import { readActor, storeActor } from '../actor.ts';
import type { Decision } from '../api/decisions.ts';
import type { Decidable } from '../decide.tsx';
import { Modal } from './modal.tsx';

export interface DecisionWords {
  /** Absent where the token says who decides. */
  readonly actor?: string;
  readonly reason?: string;
  readonly until?: string;
}

const TITLES: Readonly<Record<Decision, string>> = {
  accept: 'Accept',
  dismiss: 'Dismiss',
  snooze: 'Snooze',
  reopen: 'Reopen',
  apply: 'Note as applied',
};

const DAY_MS = 86_400_000;
const SNOOZE_DAYS = [7, 14, 30, 90] as const;
const SHOWN = 6;

/** Who decides, why, and until when: kept with the suggestion for whoever reads it later. */
export function DecisionDialog({
  decision,
  suggestions,
  onClose,
  onDecide,
}: {
  readonly decision: Decision;
  readonly suggestions: readonly Decidable[];
  readonly onClose: () => void;
  readonly onDecide: (words: DecisionWords) => void;
}): JSX.Element {
  const isNamed = useAccess().kind === 'token';
  const [actor, setActor] = useState(readActor() ?? '');
  const [reason, setReason] = useState('');
  const [days, setDays] = useState<number>(14);
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    if (!isNamed) storeActor(actor.trim());
    onDecide({
      ...(!isNamed && { actor: actor.trim() }),
      ...(reason.trim() !== '' && { reason: reason.trim() }),
      ...(decision === 'snooze' && { until: new Date(Date.now() + days * DAY_MS).toISOString() }),
    });
  }
  return (
    <Modal
      title={`${TITLES[decision]} ${formatCount(suggestions.length, 'suggestion')}`}
      onClose={onClose}
    >
      <form onSubmit={submit}>
        <ul class="quiet">
          {suggestions.slice(0, SHOWN).map(({ suggestionId, flow, step }) => (
            <li key={suggestionId}>
              {flow}/{step}
            </li>
          ))}
          {suggestions.length > SHOWN && <li>and {suggestions.length - SHOWN} more</li>}
        </ul>
        {decision === 'snooze' && (
          <label>
            Propose again after
            <select value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
              {SNOOZE_DAYS.map((value) => (
                <option key={value} value={value}>
                  {value} days
                </option>
              ))}
            </select>
          </label>
        )}
        <label>
          Reason{decision === 'accept' && ', if there is one to tell'}
          <textarea
            rows={3}
            maxLength={2000}
            value={reason}
            required={decision === 'dismiss' || decision === 'snooze'}
            onInput={(event) => setReason(event.currentTarget.value)}
          />
        </label>
        {!isNamed && (
          <label>
            Your name, kept with the decision
            <input
              type="text"
              value={actor}
              required
              maxLength={200}
              onInput={(event) => setActor(event.currentTarget.value)}
            />
          </label>
        )}
        <div class="actions">
          <button type="submit" class="primary">
            {TITLES[decision]}
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Modal>
  );
}
