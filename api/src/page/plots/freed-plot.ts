import { formatAmount } from '../../format/quantities.ts';
import { truncate } from '../../format/text-table.ts';
import type { FreedByStep } from '../../replay/freed-by-step.ts';
import { type Html, html } from '../html.ts';
import { logScale, renderGrid } from './log-scale.ts';

const WIDTH = 960;
const NAMES = 320;
const END = 900;
const ROW = 26;
const TOP = 44;
const NAME_LENGTH = 44;

/** Each step on a line: its waste as people sized it, and what is left of it. */
export function renderFreedPlot(rows: readonly FreedByStep[]): Html {
  const height = TOP + rows.length * ROW + 8;
  const scale = logScale(
    rows.flatMap((row) => [row.declaredGibHours, row.ownGibHours]),
    [NAMES, END],
  );
  const summary = `Wasted GiB-hours of ${rows.length} steps as declared and by the shadow method; the table below has the same.`;
  return html`<svg role="img" aria-label="${summary}" viewBox="0 0 ${WIDTH} ${height}" class="plot">
    <text class="label" x="${NAMES}" y="14">
      wasted GiB-h, logarithmic: ○ as declared, ● by the shadow method
    </text>
    ${renderGrid(scale, formatAmount, { top: TOP - 10, bottom: height - 8 })}
    ${rows.map((row, index) => {
      const y = TOP + index * ROW + ROW / 2;
      const [from, to] = [scale.place(row.declaredGibHours), scale.place(row.ownGibHours)];
      return html`<g>
        <title>
          ${row.name}: ${formatAmount(row.declaredGibHours)} as declared,
          ${formatAmount(row.ownGibHours)} left
        </title>
        <text class="name" x="0" y="${y + 5}">${truncate(row.name, NAME_LENGTH)}</text>
        <line class="stem" x1="${from}" x2="${to}" y1="${y}" y2="${y}" />
        <circle class="hollow" cx="${from}" cy="${y}" r="6" />
        <circle class="solid" cx="${to}" cy="${y}" r="6" />
      </g>`;
    })}
  </svg>`;
}
