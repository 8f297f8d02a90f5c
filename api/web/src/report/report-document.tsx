import type { JSX } from 'preact';
import { useState } from 'preact/hooks';

import { formatCount, formatMemory, formatTime } from '../../../src/format/quantities.ts';
import type { Report, ReportRow } from '../../../src/http/schemas/report.ts';
import type { NeedSketch } from '../../../src/http/schemas/sketches.ts';
import type { Trend } from '../../../src/http/schemas/trend.ts';
import { BrowsingProvider } from '../browsing.ts';
import { TrendPanel } from '../pages/overview-trend.tsx';
import { PriceNote } from '../parts/price-note.tsx';
import { StepTable } from '../parts/step-table.tsx';
import { WasteTiles } from '../parts/waste-tiles.tsx';
import { SketchPlot } from './sketch-plot.tsx';

/** What the server wrote into the file. */
export interface ReportData {
  readonly report: Report;
  readonly trend: Trend;
  readonly sketches: readonly NeedSketch[];
}

/** Steps whose needs are drawn at first. */
const DRAWN_AT_FIRST = 12;

/** The overview as a document: the same tiles, trend, table and needs, without a server behind it. */
export function ReportDocument({ data }: { readonly data: ReportData }): JSX.Element {
  const { report, trend, sketches } = data;
  const { totals } = report;
  return (
    <BrowsingProvider value={offline(report)}>
      <main>
        <div>
          <h1>Requested and not needed</h1>
          <p class="quiet">
            {report.days === 1 ? 'One day' : `${report.days} days`} until{' '}
            {formatTime(report.generatedAt)} UTC ·{' '}
            {report.flow === undefined ? `project ${report.project}` : `flow ${report.flow}`} ·{' '}
            {formatCount(totals.steps, 'step')} · {formatCount(totals.attempts, 'attempt')}
          </p>
        </div>
        <WasteTiles totals={totals} />
        <TrendPanel days={trend.days} hasGpus={totals.requestedGpuHours > 0} />
        <StepTable report={report} />
        <Needs rows={report.steps} sketches={sketches} />
        <footer class="foot">
          <PriceNote prices={report.prices} />
        </footer>
      </main>
    </BrowsingProvider>
  );
}

/** Links lead to the step's needs further down the file. */
function offline({ days }: Report) {
  return {
    route: { page: 'overview' as const },
    filters: { days },
    address: (route: { readonly page: string; readonly flow?: string; readonly step?: string }) =>
      route.step === undefined ? '#' : `#${anchorOf(route.flow ?? '', route.step)}`,
    go(address: string) {
      location.hash = address;
    },
    filter: () => undefined,
  };
}

function anchorOf(flow: string, step: string): string {
  return encodeURIComponent(`${flow}/${step}`);
}

function Needs({
  rows,
  sketches,
}: {
  readonly rows: readonly ReportRow[];
  readonly sketches: readonly NeedSketch[];
}): JSX.Element {
  const [isAll, setAll] = useState(false);
  const byStep = new Map(sketches.map((sketch) => [`${sketch.flow}\0${sketch.step}`, sketch]));
  const known = rows.flatMap((row) => {
    const sketch = byStep.get(`${row.flow}\0${row.step}`);
    return sketch === undefined ? [] : [{ row, sketch }];
  });
  const shown = isAll ? known : known.slice(0, DRAWN_AT_FIRST);
  return (
    <section class="panel stack" aria-labelledby="needs">
      <h2 id="needs">What attempts needed</h2>
      <div class="columns">
        {shown.map(({ row, sketch }) => (
          <figure key={`${row.flow}/${row.step}`} id={anchorOf(row.flow, row.step)}>
            <figcaption>
              <b>{row.step}</b>{' '}
              <span class="quiet small">
                {row.flow} · {formatCount(sketch.attempts, 'attempt')} up to{' '}
                {formatMemory(sketch.maxMiB)}
              </span>
            </figcaption>
            <SketchPlot row={row} sketch={sketch} />
            {row.suggestion?.isByFeatures === false && (
              <pre class="diff">{row.suggestion.decoratorLine}</pre>
            )}
          </figure>
        ))}
      </div>
      {!isAll && known.length > shown.length && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {known.length}
        </button>
      )}
    </section>
  );
}
