import { isByFeatures } from '@stepfit/tuner/model/by-features';
import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import type { JSX } from 'preact';

import { describeChange, describeProof, describeSavings } from '../../../src/format/words.ts';
import { useDecide } from '../decide.tsx';
import { useKeys } from '../keys.ts';
import { Diff } from './diff.tsx';

/** What to change, why to dare, what it frees, what to paste; and the decision. */
export function SuggestionCard({
  suggestion,
  declaredLines,
  onDecided,
}: {
  readonly suggestion: Suggestion;
  readonly declaredLines: readonly string[];
  readonly onDecided: () => void;
}): JSX.Element {
  const decide = useDecide(onDecided);
  const { state, decoratorNote } = suggestion;
  const isOpen = state === 'proposed';
  useKeys(isOpen ? decide.keysFor([suggestion]) : {});
  return (
    <section class="panel verdict" aria-label="Suggestion">
      <div class="stack" style={{ gap: '10px' }}>
        <p class="change">
          {describeChange(suggestion.effective, suggestion.suggestedEffective)}{' '}
          <span class={`chip ${state}`}>{state}</span>
        </p>
        <p>{sentence(describeProof(suggestion))}.</p>
        <p>{sentence(describeSavings(suggestion.savings))}.</p>
        {decoratorNote !== undefined && <p class="note">{decoratorNote}</p>}
        {isOpen && decide.buttonsFor([suggestion])}
      </div>
      {isByFeatures(suggestion) ? (
        <p class="note">
          No single value saves; by its features it does: {suggestion.evidence.formulaProof?.words}
        </p>
      ) : (
        <Diff before={declaredLines} after={suggestion.decoratorLine} />
      )}
      {decide.dialog}
    </section>
  );
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
