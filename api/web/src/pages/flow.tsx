import type { JSX } from 'preact';

import { formatCount } from '../../../src/format/quantities.ts';
import type { Flow } from '../../../src/http/schemas/flows.ts';
import { readFlow, readReport } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { FilterBar } from '../parts/filter-bar.tsx';
import { PriceNote } from '../parts/price-note.tsx';
import { ReportLinks } from '../parts/report-links.tsx';
import { Load } from '../parts/states.tsx';
import { StepTable } from '../parts/step-table.tsx';
import { WasteTiles } from '../parts/waste-tiles.tsx';
import { BoxPlot } from '../plots/box-plot.tsx';
import { GraphPlot } from '../plots/graph-plot.tsx';
import { RunTable } from './flow-runs.tsx';

const STEPS_LISTED = 500;

/** One flow: its graph, how its steps' needs differ across runs, its runs. */
export function FlowPage({
  flow,
  pulse,
}: {
  readonly flow: string;
  readonly pulse: number;
}): JSX.Element {
  const { filters, address } = useBrowsing();
  const { project, days } = filters;
  const key = `${project} ${flow} ${days}`;
  const ofFlow = { days, flow, ...(project !== undefined && { project }) };
  const whole = useData(`flow ${key}`, (signal) => readFlow(flow, filters, signal), pulse);
  const report = useData(
    `flow report ${key}`,
    (signal) => readReport(ofFlow, STEPS_LISTED, signal),
    pulse,
  );
  return (
    <>
      <div class="head">
        <div>
          <p class="crumbs">
            <a href={address({ page: 'overview' })}>Overview</a>
          </p>
          <h1>{flow}</h1>
          <p class="quiet">
            {whole.kind === 'ready'
              ? `${formatCount(whole.data.steps.length, 'step')} · ${formatCount(whole.data.runs.length, 'run')} shown`
              : ' '}
          </p>
        </div>
        <FilterBar only={['project']} />
      </div>
      {report.kind === 'ready' && report.data.totals.attempts > 0 && (
        <WasteTiles totals={report.data.totals} />
      )}
      <Load loaded={whole}>{(data) => <Steps flow={data} />}</Load>
      {report.kind === 'ready' && report.data.steps.length > 0 && (
        <StepTable report={report.data} />
      )}
      {whole.kind === 'ready' && <RunTable flow={whole.data} />}
      {report.kind === 'ready' && (
        <footer class="foot">
          <PriceNote prices={report.data.prices} />
          <ReportLinks flow={flow} />
        </footer>
      )}
    </>
  );
}

function Steps({ flow }: { readonly flow: Flow }): JSX.Element {
  const { address } = useBrowsing();
  function linkOf(step: string): string {
    return address({ page: 'step', flow: flow.flow, step });
  }
  return (
    <>
      {flow.hasGraph && (
        <section class="panel" aria-labelledby="graph">
          <header>
            <h2 id="graph">Graph</h2>
            <span class="keys">
              <span class="key">
                <i class="fill-used" /> needed
              </span>
              <span class="key">
                <i class="fill-wasted" /> wasted
              </span>
              <span class="key">
                <i class="fill-suggested" /> suggested
              </span>
            </span>
          </header>
          <GraphPlot steps={flow.steps} linkOf={linkOf} />
        </section>
      )}
      <section class="panel" aria-labelledby="boxes">
        <header>
          <h2 id="boxes">Memory across runs</h2>
          <span class="keys">
            <span class="key">
              <i class="fill-used" /> least, quarters, most
            </span>
            <span class="key">
              <i class="line fill-requested" /> requested
            </span>
            <span class="key">
              <i class="line fill-suggested" /> suggested
            </span>
          </span>
        </header>
        <BoxPlot steps={flow.steps} linkOf={linkOf} />
        <p class="quiet small">
          The newest {flow.attemptsPerStep} attempts of each step at most.
          {!flow.hasGraph &&
            ' Its graph is not known: attempts that a newer extension sends say what their step follows.'}
        </p>
      </section>
    </>
  );
}
