import type { JSX } from 'preact';

import { formatTime } from '../../../src/format/quantities.ts';
import { describeChange } from '../../../src/format/words.ts';
import { readStepSuggestions } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { Load } from '../parts/states.tsx';
import { SuggestionHistory } from '../parts/suggestion-history.tsx';
import type { StepName } from './step.tsx';

/** What was suggested for a step so far, newest first, and what became of each. */
export function HistoryPanel({
  name,
  pulse,
}: {
  readonly name: StepName;
  readonly pulse: number;
}): JSX.Element {
  const { filters } = useBrowsing();
  const { project } = filters;
  const suggestions = useData(
    `suggestions ${project} ${name.flow}/${name.step}`,
    (signal) => readStepSuggestions(name, project, signal),
    pulse,
  );
  return (
    <section class="panel stack" aria-labelledby="history">
      <h2 id="history">History</h2>
      <Load loaded={suggestions} lines={3}>
        {(data) =>
          data.suggestions.length === 0 ? (
            <p class="quiet">Nothing has been suggested for this step yet.</p>
          ) : (
            data.suggestions.map((suggestion, index) => (
              <details key={suggestion.suggestionId} open={index === 0}>
                <summary>
                  {describeChange(suggestion.effective, suggestion.suggestedEffective)}{' '}
                  <span class={`chip ${suggestion.state}`}>{suggestion.state}</span>{' '}
                  <span class="quiet small">since {formatTime(suggestion.createdAt)} UTC</span>
                </summary>
                <SuggestionHistory {...suggestion} />
              </details>
            ))
          )
        }
      </Load>
    </section>
  );
}
