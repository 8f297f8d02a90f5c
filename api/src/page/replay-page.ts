import {
  columnFormatter,
  formatCount,
  formatDuration,
  formatShare,
  REPLAY_DIGITS,
} from '../format/quantities.ts';
import { describeFile, describeReproduction } from '../format/replay-text.ts';
import { type FreedByStep, freedBySteps } from '../replay/freed-by-step.ts';
import type {
  ComparisonReport,
  ReplayReport,
  StepSeries,
  StepVerdictReport,
  StrategyReport,
} from '../replay/replay-report.ts';
import { type Html, html } from './html.ts';
import { renderFile, renderPageTable } from './layout.ts';
import { renderCostPlot } from './plots/cost-plot.ts';
import { renderFreedPlot } from './plots/freed-plot.ts';
import { renderSeriesPlot } from './plots/series-plot.ts';
import { renderEvidence, renderSuggestion } from './suggestion-sections.ts';

const MS_PER_HOUR = 3_600_000;
/** More steps than this are in `--json`. */
const STEPS_SHOWN = 15;

const PLOT_STYLE = `
.plot { width: 100%; height: auto; margin: .5rem 0 1rem; }
.plot .grid { stroke: var(--line); }
.plot .name, .plot .value { fill: var(--ink); font-size: 14px; }
.plot .stem { stroke: var(--line); stroke-width: 3; }
.other circle, .other rect { fill: var(--quiet); }
.own circle, .own rect, .plot .solid { fill: var(--accent); }
.own .name { font-weight: 650; }
.plot .hollow { fill: var(--paper); stroke: var(--quiet); stroke-width: 2; }
.plot .declared, .plot .given { fill: none; stroke: var(--quiet); stroke-dasharray: 5 4; }
.plot .given { stroke: var(--accent); stroke-width: 1.5; stroke-dasharray: none; }
.plot .need { fill: var(--ink); opacity: .55; } .plot .failed { fill: var(--bad); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem 2rem; }
figure { margin: 0; } figcaption { font-size: .88rem; overflow-wrap: anywhere; }
`;

/** What a replay found as one file that loads nothing. */
export function renderReplayPage(report: ReplayReport, series: readonly StepSeries[]): string {
  const { files, comparisons, verdicts } = report;
  const online = comparisons.find(({ protocol }) => protocol === 'online') ?? comparisons[0];
  const content = html`<h1>Replay of ${files.map(({ path }) => path).join(', ')}</h1>
    ${renderFiles(report)} ${comparisons.map(renderComparison)}
    ${online === undefined ? undefined : renderFreed(online)} ${renderSeries(series)}
    ${verdicts.map(renderVerdict)}
    <footer>
      <p>
        Every strategy sees a task’s launch and nothing more before it answers, and learns only what
        had ended by then. A failed attempt counts for its whole running time.
      </p>
      ${(comparisons[0]?.strategies ?? []).map(({ name, words }) => html`<p>${name}: ${words}</p>`)}
    </footer>`;
  return renderFile('Replay', PLOT_STYLE, content);
}

function renderFiles({ files }: ReplayReport): Html {
  return html`<ul>
    ${files.map(
      (file) =>
        html`<li>${file.path}: ${describeFile(file).map((line) => html`${line}<br />`)}</li>`,
    )}
  </ul>`;
}

function renderComparison(comparison: ComparisonReport): Html {
  const { protocol, words, tasks, strategies } = comparison;
  const gibHours = columnFormatter(
    strategies.map((row) => row.wastedGibHours),
    REPLAY_DIGITS,
  );
  const table = renderPageTable<StrategyReport>(
    `${protocol}: ${formatCount(tasks, 'task')}`,
    strategies,
    [
      { title: 'Strategy', cell: (row) => row.name },
      { title: 'GiB-h wasted', isNumber: true, cell: (row) => gibHours(row.wastedGibHours) },
      { title: 'too much', isNumber: true, cell: (row) => gibHours(row.overGibHours) },
      { title: 'too little', isNumber: true, cell: (row) => gibHours(row.underGibHours) },
      { title: 'Failures', isNumber: true, cell: (row) => row.failures },
      {
        title: 'First attempts failed',
        isNumber: true,
        cell: (row) =>
          `${row.firstFailures} (${formatShare(row.tasks === 0 ? 0 : row.firstFailures / row.tasks)})`,
      },
      {
        title: 'Time added',
        isNumber: true,
        cell: (row) => formatDuration(row.addedHours * MS_PER_HOUR),
      },
    ],
    (row) => row.name.startsWith('shadow'),
  );
  return html`<h2>${protocol}</h2>
    <p class="quiet">${words}</p>
    ${renderCostPlot(comparison)} ${table}`;
}

function renderFreed(comparison: ComparisonReport): Html | undefined {
  const rows = freedBySteps(comparison).slice(0, STEPS_SHOWN);
  if (rows.length < 2) return undefined;
  const gibHours = columnFormatter(
    rows.map((row) => row.declaredGibHours),
    REPLAY_DIGITS,
  );
  const table = renderPageTable<FreedByStep>(`Protocol ${comparison.protocol}`, rows, [
    { title: 'Step', cell: (row) => row.name },
    { title: 'Tasks', isNumber: true, cell: (row) => row.tasks },
    {
      title: 'GiB-h wasted as declared',
      isNumber: true,
      cell: (row) => gibHours(row.declaredGibHours),
    },
    { title: 'by shadow', isNumber: true, cell: (row) => gibHours(row.ownGibHours) },
    { title: 'Failures', isNumber: true, cell: (row) => row.failures },
  ]);
  return html`<h2>Where shadow frees most</h2>
    ${renderFreedPlot(rows)} ${table}`;
}

function renderSeries(series: readonly StepSeries[]): Html | undefined {
  if (series.length === 0) return undefined;
  return html`<h2>What each task needed and was given</h2>
    <p class="quiet">
      Dots are needs (red: the first attempt was given too little), the line is what shadow gave,
      the dashed line what was declared; MiB and GiB on a logarithmic axis.
    </p>
    <div class="charts">${series.map(renderSeriesPlot)}</div>`;
}

function renderVerdict(report: StepVerdictReport): Html {
  const { flow, step, verdict } = report;
  const body =
    verdict.kind === 'skip'
      ? html`<p>No change (${verdict.code}): ${verdict.detail}</p>`
      : html`${renderSuggestion(verdict)} ${renderEvidence(verdict.evidence)}`;
  const reproduction = describeReproduction(report);
  return html`<h1>${flow}/${step}</h1>
    ${reproduction === '' ? undefined : html`<p class="quiet">${reproduction}</p>`} ${body}`;
}
