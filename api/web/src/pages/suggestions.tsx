import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { formatCount, formatMoney } from '../../../src/format/quantities.ts';
import type { Inbox, InboxItem } from '../../../src/http/schemas/inbox.ts';
import { readInbox } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { useDecide } from '../decide.tsx';
import { useChosen, useKeys } from '../keys.ts';
import { FilterBar } from '../parts/filter-bar.tsx';
import { Modal } from '../parts/modal.tsx';
import { Empty, Load } from '../parts/states.tsx';
import { SuggestionHistory } from '../parts/suggestion-history.tsx';
import { readInboxState, STATE_WORDS, type InboxState } from '../suggestion-states.ts';
import { InboxTable } from './suggestions-table.tsx';

/** What waits to be decided, most money first; and what became of the rest. */
export function SuggestionsPage({ pulse }: { readonly pulse: number }): JSX.Element {
  const { filters, go } = useBrowsing();
  const state = readInboxState(location.search);
  const inbox = useData(
    `inbox ${state} ${JSON.stringify(filters)}`,
    (signal) => readInbox(filters, state, signal),
    pulse,
  );
  function show(next: InboxState): void {
    const query = new URLSearchParams(location.search);
    if (next === 'proposed') query.delete('state');
    else query.set('state', next);
    go(`/suggestions?${query.toString()}`);
  }
  return (
    <>
      <div class="head">
        <div>
          <h1>Suggestions</h1>
          <p class="quiet">{inbox.kind === 'ready' ? describe(inbox.data, state) : ' '}</p>
        </div>
        <FilterBar only={['project', 'flow', 'owner', 'backend']} hasTime={false} />
      </div>
      <StateTabs
        chosen={state}
        counts={inbox.kind === 'ready' ? inbox.data.counts : {}}
        onChoose={show}
      />
      <Load loaded={inbox} lines={10}>
        {(data, reload) => <InboxList inbox={data} state={state} onDecided={reload} />}
      </Load>
    </>
  );
}

function describe({ items }: Inbox, state: InboxState): string {
  const freed = items.reduce((sum, item) => sum + item.costUsd, 0);
  return `${formatCount(items.length, 'suggestion')} ${STATE_WORDS[state]}; in the last 30 days they would have freed ${formatMoney(freed)}`;
}

function StateTabs({
  chosen,
  counts,
  onChoose,
}: {
  readonly chosen: InboxState;
  readonly counts: Readonly<Record<string, number>>;
  readonly onChoose: (state: InboxState) => void;
}): JSX.Element {
  const states = Object.keys(STATE_WORDS) as InboxState[];
  const shown = states.filter((state) => state === chosen || (counts[state] ?? 0) > 0);
  return (
    <div class="scroll">
      <div class="segments" role="group" aria-label="State">
        {shown.map((state) => (
          <button
            key={state}
            type="button"
            aria-pressed={state === chosen}
            onClick={() => onChoose(state)}
          >
            {state} {counts[state] ?? 0}
          </button>
        ))}
      </div>
    </div>
  );
}

function InboxList({
  inbox,
  state,
  onDecided,
}: {
  readonly inbox: Inbox;
  readonly state: InboxState;
  readonly onDecided: () => void;
}): JSX.Element {
  const { items } = inbox;
  const { address, go } = useBrowsing();
  const [told, setTold] = useState<InboxItem>();
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const canDecide = state === 'proposed';
  const chosen = useChosen(items.length);
  const decide = useDecide(() => {
    setMarked(new Set());
    onDecided();
  });
  const current = items[chosen.index];
  const targets = targetsOf(items, marked, current);
  function mark({ suggestionId }: InboxItem): void {
    const next = new Set(marked);
    if (!next.delete(suggestionId)) next.add(suggestionId);
    setMarked(next);
  }
  function toggleAll(): void {
    const all = items.map(({ suggestionId }) => suggestionId);
    setMarked(new Set(marked.size === items.length ? [] : all));
  }
  useKeys({
    ...chosen.keys,
    ...(canDecide ? decide.keysFor(targets) : {}),
    x: () => current !== undefined && mark(current),
    h: () => current !== undefined && setTold(current),
    Enter: () =>
      current !== undefined &&
      go(address({ page: 'step', flow: current.flow, step: current.step })),
  });
  if (items.length === 0) return <NothingHere state={state} />;
  return (
    <>
      {canDecide &&
        (marked.size > 0 ? (
          <div class="head">
            {decide.buttonsFor(targets)}
            <span class="quiet">{marked.size} marked</span>
          </div>
        ) : (
          <KeyHints />
        ))}
      <InboxTable
        items={items}
        chosen={chosen.index}
        onHistory={setTold}
        {...(canDecide && { marks: { ids: marked, toggle: mark, toggleAll } })}
      />
      {inbox.omitted > 0 && (
        <p class="quiet">{formatCount(inbox.omitted, 'suggestion')} of less money not listed.</p>
      )}
      {decide.dialog}
      {told !== undefined && (
        <Modal title={`${told.flow}/${told.step}`} onClose={() => setTold(undefined)}>
          <SuggestionHistory suggestionId={told.suggestionId} revision={told.revision} />
          <form method="dialog">
            <button type="submit">Close</button>
          </form>
        </Modal>
      )}
    </>
  );
}

function KeyHints(): JSX.Element {
  return (
    <p class="quiet small">
      <kbd>j</kbd> <kbd>k</kbd> move, <kbd>a</kbd> accepts, <kbd>d</kbd> dismisses, <kbd>s</kbd>{' '}
      snoozes, <kbd>x</kbd> marks for several at once, <kbd>h</kbd> shows the history
    </p>
  );
}

/** What is marked, else the row one is on. */
function targetsOf(
  items: readonly InboxItem[],
  marked: ReadonlySet<string>,
  current: InboxItem | undefined,
): readonly InboxItem[] {
  if (marked.size > 0) return items.filter(({ suggestionId }) => marked.has(suggestionId));
  return current === undefined ? [] : [current];
}

function NothingHere({ state }: { readonly state: InboxState }): JSX.Element {
  const { address } = useBrowsing();
  return state === 'proposed' ? (
    <Empty title="Nothing waits for a decision">
      <p class="quiet">
        The tuner looks at a step soon after an attempt ends. Why a step has no suggestion stands in
        the <a href={address({ page: 'overview' })}>overview</a>.
      </p>
    </Empty>
  ) : (
    <Empty title={`No suggestion is ${state}`} />
  );
}
