import type { JSX } from 'preact';

import { formatDuration, formatTime } from '../../../src/format/quantities.ts';
import type { System } from '../../../src/http/schemas/system.ts';
import type { Live } from '../api/live.ts';
import { readRunning, readSystem } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { AttemptTable } from '../parts/attempt-table.tsx';
import { Load } from '../parts/states.tsx';

/** What this server is, how far it has worked, and what it holds. */
export function SystemPage({ live }: { readonly live: Live }): JSX.Element {
  const { project } = useBrowsing().filters;
  const system = useData(
    `system page ${project}`,
    (signal) => readSystem(project, signal),
    live.pulse,
  );
  const running = useData(
    `running ${project}`,
    (signal) => readRunning(project, signal),
    live.pulse,
  );
  return (
    <>
      <h1>System</h1>
      <Load loaded={system}>{(data) => <SystemFacts system={data} />}</Load>
      {running.kind === 'ready' && (
        <AttemptTable attempts={running.data.attempts} caption="Running now" />
      )}
    </>
  );
}

function SystemFacts({ system }: { readonly system: System }): JSX.Element {
  const { attempts, steps } = system;
  const upMs = Date.parse(system.now) - Date.parse(system.startedAt);
  const isIdle = attempts.unsettled === 0 && steps.tuneDue === 0;
  return (
    <>
      <ul class="tiles">
        <Tile label="Attempts counted" amount={attempts.settled} words={endedWords(system)} />
        <Tile
          label="Ended in the last hour"
          amount={attempts.endedLastHour}
          words={
            attempts.endedLastHour > 0
              ? `${Math.ceil(attempts.endedLastHour / 60)} a minute`
              : 'none'
          }
        />
        <Tile label="Running" amount={attempts.running} words="attempts that have not ended" />
        <Tile
          label="Waiting to be counted"
          amount={attempts.unsettled}
          words={isIdle ? 'nothing waits' : 'the collector’s queue'}
        />
        <Tile label="Steps waiting for the tuner" amount={steps.tuneDue} words="its queue" />
      </ul>
      <div class="columns">
        <section class="panel" aria-label="This server">
          <dl class="facts">
            <dt>version</dt>
            <dd>{system.version}</dd>
            <dt>up for</dt>
            <dd>{formatDuration(upMs)}</dd>
            <dt>store</dt>
            <dd>{system.store === 'pglite' ? 'PGlite, embedded' : 'PostgreSQL'}</dd>
            {system.storage !== undefined && <Storage storage={system.storage} />}
            <dt>roles of this process</dt>
            <dd>{system.roles.join(', ')}</dd>
          </dl>
        </section>
        <section class="panel" aria-label="Steps">
          <dl class="facts">
            <dt>steps ever seen</dt>
            <dd>{steps.total.toLocaleString('en-US')}</dd>
            <dt>with a suggestion</dt>
            <dd>{steps.withSuggestion.toLocaleString('en-US')}</dd>
            <dt>without, for a stated reason</dt>
            <dd>{steps.skipped.toLocaleString('en-US')}</dd>
          </dl>
        </section>
      </div>
    </>
  );
}

function endedWords({ attempts }: System): string {
  return attempts.lastEndedAt === undefined
    ? 'none yet'
    : `the newest ended ${formatTime(attempts.lastEndedAt)} UTC`;
}

function Storage({ storage }: { readonly storage: NonNullable<System['storage']> }): JSX.Element {
  return (
    <>
      <dt>size of the store</dt>
      <dd>{formatBytes(storage.bytes)}</dd>
      <dt>series are kept for</dt>
      <dd>{storage.retentionDays} days</dd>
    </>
  );
}

function formatBytes(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const amount = bytes / 1024 ** power;
  return `${amount.toFixed(amount < 10 && power > 0 ? 1 : 0)} ${['B', 'KiB', 'MiB', 'GiB', 'TiB'][power]}`;
}

function Tile({
  label,
  amount,
  words,
}: {
  readonly label: string;
  readonly amount: number;
  readonly words: string;
}): JSX.Element {
  return (
    <li>
      <span class="label">{label}</span>
      <b>{amount.toLocaleString('en-US')}</b>
      <span class="quiet small">{words}</span>
    </li>
  );
}
