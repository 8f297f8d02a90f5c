import { formatCount } from '../../format/quantities.ts';
import { printable, type Style } from '../../format/style.ts';
import { renderTable } from '../../format/text-table.ts';
import type { ComparedFigure } from '../../http/schemas/comparison.ts';
import type { CheckedFlow, CiReport } from '../ci-report.ts';
import { describePower, figureWords, formatFigure, formatGrowth, inOneLine } from '../ci-words.ts';

interface TextOptions {
  readonly width: number;
  readonly style: Style;
}

/** For a terminal and a CI log: a table for each flow, then what was found. */
export function renderCiText(report: CiReport, options: TextOptions): string {
  const { flows, findings, sides } = report;
  const { style } = options;
  const head =
    sides === undefined
      ? []
      : [`Runs of ${printable(sides.head)} against ${printable(sides.base)}`];
  const found = findings.map((finding) => {
    const { isFailure, place } = finding;
    const text = `${printable(place.path)}:${place.line}: ${printable(inOneLine(finding))}`;
    return isFailure ? style.bad(text) : text;
  });
  const closing = `${formatCount(findings.length, 'finding')} in ${formatCount(flows.length, 'flow')}; ${
    report.isFailure ? 'the build fails by --fail-on' : 'nothing that fails the build'
  }.`;
  return [...head, ...flows.map((flow) => renderFlow(flow, options)), ...found, closing].join(
    '\n\n',
  );
}

function renderFlow({ flow, comparison }: CheckedFlow, options: TextOptions): string {
  const name = options.style.strong(printable(flow));
  if (comparison === undefined) return `${name}  not compared`;
  if (comparison.headRuns.length === 0) return `${name}  not run on this branch`;
  const counts = `${formatCount(comparison.headRuns.length, 'run')} against ${comparison.baseRuns.length}`;
  const rows = comparison.steps.flatMap(({ step, figures }) =>
    figures.map((figure): Row => ({ step, figure })),
  );
  const table = renderTable<Row>(
    rows,
    [
      { title: 'STEP', align: 'left', cell: ({ step }) => step, shrinkTo: 8 },
      { title: 'FIGURE', align: 'left', cell: ({ figure }) => figureWords(figure.figure) },
      { title: 'BASE', align: 'right', cell: ({ figure }) => valueOf(figure, figure.baseMedian) },
      { title: 'BRANCH', align: 'right', cell: ({ figure }) => valueOf(figure, figure.headMedian) },
      { title: 'CHANGE', align: 'right', cell: ({ figure }) => formatGrowth(figure) },
      { title: '', align: 'left', cell: ({ figure }) => describePower(figure), dropOrder: 1 },
    ],
    options,
  );
  return [`${name}  ${counts}`, ...table].join('\n');
}

interface Row {
  readonly step: string;
  readonly figure: ComparedFigure;
}

function valueOf({ figure }: ComparedFigure, value: number | undefined): string {
  return formatFigure(figure, value);
}
