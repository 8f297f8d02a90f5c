import type { Ledger } from '@stepfit/tuner/model/ledger';
import type { JSX } from 'preact';

import { formatCount, formatMoney } from '../../../src/format/quantities.ts';
import type { Report } from '../../../src/http/schemas/report.ts';
import { readLedger, readReport, readTrend } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { FilterBar } from '../parts/filter-bar.tsx';
import { PriceNote } from '../parts/price-note.tsx';
import { ReportLinks } from '../parts/report-links.tsx';
import { Empty, Load } from '../parts/states.tsx';
import { StepTable } from '../parts/step-table.tsx';
import { WasteTiles } from '../parts/waste-tiles.tsx';
import { writeFilters } from '../routing.ts';
import { TrendPanel } from './overview-trend.tsx';

/** More than a screen shows, fewer than a browser minds. */
const STEPS_LISTED = 200;

/** Where the waste is, worst first. */
export function OverviewPage({ pulse }: { readonly pulse: number }): JSX.Element {
  const { filters } = useBrowsing();
  const key = writeFilters(filters);
  const report = useData(
    `report ${key}`,
    (signal) => readReport(filters, STEPS_LISTED, signal),
    pulse,
  );
  const saved = useData(`saved ${key}`, (signal) => readLedger(filters, signal), pulse);
  const trend = useData(`trend ${key}`, (signal) => readTrend(filters, signal), pulse);
  return (
    <>
      <div class="head">
        <div>
          <h1>Requested and not needed</h1>
          <p class="quiet">{report.kind === 'ready' ? describeScope(report.data) : ' '}</p>
        </div>
        <FilterBar />
      </div>
      <Load loaded={report} lines={12}>
        {(data) =>
          data.totals.attempts === 0 ? (
            <NothingYet report={data} />
          ) : (
            <>
              <WasteTiles totals={data.totals}>
                <SavedTile saved={saved.kind === 'ready' ? saved.data : undefined} />
              </WasteTiles>
              {trend.kind === 'ready' && (
                <TrendPanel days={trend.data.days} hasGpus={data.totals.requestedGpuHours > 0} />
              )}
              <StepTable report={data} />
              <footer class="foot">
                <PriceNote prices={data.prices} />
                <ReportLinks />
              </footer>
            </>
          )
        }
      </Load>
    </>
  );
}

/** What was saved so far leads to where it stands in detail. */
function SavedTile({ saved }: { readonly saved: Ledger | undefined }): JSX.Element {
  const { address } = useBrowsing();
  const savedUsd = saved?.totals.realised.costUsd.estimate ?? 0;
  return (
    <li>
      <span class="label">
        <a href={address({ page: 'savings' })}>Saved so far</a>
      </span>
      <b class={savedUsd > 0 ? 'good' : ''}>{formatMoney(savedUsd)}</b>
      <span class="quiet small">
        {saved === undefined || saved.entries.length === 0
          ? 'no task has run with a suggested value yet'
          : `${formatCount(saved.entries.length, 'suggestion')} at work`}
      </span>
    </li>
  );
}

function describeScope({ days, totals, project }: Report): string {
  return [
    days === 1 ? 'Today' : `Last ${days} days`,
    `project ${project}`,
    formatCount(totals.flows, 'flow'),
    formatCount(totals.steps, 'step'),
    formatCount(totals.attempts, 'attempt'),
  ].join(' · ');
}

function NothingYet({ report }: { readonly report: Report }): JSX.Element {
  const { filters, filter } = useBrowsing();
  const { flow, owner, backend } = filters;
  const isNarrowed = flow !== undefined || owner !== undefined || backend !== undefined;
  return (
    <Empty title={`No attempt has ended since ${report.sinceDay}`}>
      {isNarrowed ? (
        <button
          type="button"
          onClick={() => filter({ flow: undefined, owner: undefined, backend: undefined })}
        >
          Show everything
        </button>
      ) : (
        <>
          <p>Run a flow with the extension on every step; the first numbers come as it ends:</p>
          <pre class="diff">python my_flow.py run --with stepfit</pre>
          <p class="quiet">
            Nothing arrives? <code>stepfit doctor</code> says why.
          </p>
        </>
      )}
    </Empty>
  );
}
