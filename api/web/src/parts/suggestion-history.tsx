import type { SuggestionEventRecord } from '@stepfit/tuner/model/suggestion';
import type { JSX } from 'preact';

import { formatTime } from '../../../src/format/quantities.ts';
import { readSuggestionEvents } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { Load } from './states.tsx';

/** What happened to a suggestion, newest first: who, when, why, and from which state to which. */
export function SuggestionHistory({
  suggestionId,
  revision,
}: {
  readonly suggestionId: string;
  /** Of the suggestion; another one has more history. */
  readonly revision: number;
}): JSX.Element {
  const { filters } = useBrowsing();
  const { project } = filters;
  const events = useData(`events ${project} ${suggestionId} ${revision}`, (signal) =>
    readSuggestionEvents(suggestionId, project, signal),
  );
  return (
    <Load loaded={events} lines={2}>
      {(data) => (
        <ol class="timeline">
          {data.events.toReversed().map((event) => (
            <Entry key={event.sequence} event={event} />
          ))}
        </ol>
      )}
    </Load>
  );
}

function Entry({ event }: { readonly event: SuggestionEventRecord }): JSX.Element {
  const { at, actor, from, to, note } = event;
  return (
    <li>
      <span class="nowrap quiet small">{formatTime(at)} UTC</span>
      <span>
        {from !== undefined && from !== to && (
          <>
            <span class="quiet">{from}</span> →{' '}
          </>
        )}
        <span class={`chip ${to}`}>{to}</span>{' '}
        {(from === undefined || from === to) && `${event.event.replaceAll('-', ' ')} `}
        by <b>{actor === 'tuner' ? 'the tuner' : actor}</b>
        {note !== undefined && <span class="quiet">: {note}</span>}
      </span>
    </li>
  );
}
