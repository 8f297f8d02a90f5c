import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { formatCount } from '../../src/format/quantities.ts';
import { mayDecide, useAccess } from './access.ts';
import { readActor } from './actor.ts';
import { decideSuggestion, type Decision } from './api/decisions.ts';
import { useBrowsing } from './browsing.ts';
import type { Keys } from './keys.ts';
import { DecisionDialog, type DecisionWords } from './parts/decision-dialog.tsx';
import { useToast } from './parts/toast.tsx';

/** A suggestion as far as deciding on it needs it. */
export type Decidable = Pick<Suggestion, 'suggestionId' | 'flow' | 'step'> & {
  readonly revision?: number;
};

export interface Decide {
  readonly keysFor: (suggestions: readonly Decidable[]) => Keys;
  readonly buttonsFor: (suggestions: readonly Decidable[]) => JSX.Element;
  readonly dialog: JSX.Element | null;
}

const DONE: Readonly<Record<Decision, string>> = {
  accept: 'Accepted',
  dismiss: 'Dismissed',
  snooze: 'Snoozed',
  reopen: 'Reopened',
  apply: 'Noted as applied',
};

/** Accepting, dismissing and snoozing, by button, by key and for several at once. */
export function useDecide(onDecided: () => void): Decide {
  const { filters } = useBrowsing();
  const say = useToast();
  const access = useAccess();
  const [asked, setAsked] = useState<{
    readonly decision: Decision;
    readonly suggestions: readonly Decidable[];
  }>();

  async function carryOut(
    decision: Decision,
    suggestions: readonly Decidable[],
    words: DecisionWords,
  ): Promise<void> {
    setAsked(undefined);
    try {
      for (const suggestion of suggestions) {
        await decideSuggestion(filters.project, suggestion, decision, words);
      }
      const [first] = suggestions;
      const what =
        suggestions.length === 1 && first
          ? `${first.flow}/${first.step}`
          : formatCount(suggestions.length, 'suggestion');
      say(`${DONE[decision]}: ${what}`);
    } catch (error) {
      say(error instanceof Error ? error.message : 'The decision did not arrive.', true);
    }
    onDecided();
  }

  /** Accepting needs no words, only a name; what takes a suggestion away needs a reason. */
  function start(decision: Decision, suggestions: readonly Decidable[]): void {
    if (suggestions.length === 0 || !mayDecide(access)) return;
    const actor = readActor();
    const isKnown = access.kind === 'token' || actor !== undefined;
    const isPlain = decision === 'accept' && suggestions.length === 1 && isKnown;
    if (isPlain) void carryOut(decision, suggestions, actor === undefined ? {} : { actor });
    else setAsked({ decision, suggestions });
  }

  return {
    keysFor: (suggestions) => ({
      a: () => start('accept', suggestions),
      d: () => start('dismiss', suggestions),
      s: () => start('snooze', suggestions),
    }),
    buttonsFor: (suggestions) =>
      mayDecide(access) ? (
        <div class="actions">
          <button type="button" class="primary" onClick={() => start('accept', suggestions)}>
            Accept <kbd>a</kbd>
          </button>
          <button type="button" onClick={() => start('dismiss', suggestions)}>
            Dismiss <kbd>d</kbd>
          </button>
          <button type="button" onClick={() => start('snooze', suggestions)}>
            Snooze <kbd>s</kbd>
          </button>
        </div>
      ) : (
        <p class="quiet small">Your token may read; deciding takes the role write.</p>
      ),
    dialog:
      asked === undefined ? null : (
        <DecisionDialog
          decision={asked.decision}
          suggestions={asked.suggestions}
          onClose={() => setAsked(undefined)}
          onDecide={(words) => void carryOut(asked.decision, asked.suggestions, words)}
        />
      ),
  };
}
