import { formatMemory } from '../format/quantities.ts';
import { type Html, html } from './html.ts';

export interface PeakStrip {
  /** Peaks of single attempts, MiB. */
  readonly peaksMiB: readonly number[];
  readonly currentMiB?: number;
  readonly suggestedMiB?: number;
}

const WIDTH = 720;
const MARGIN = 12;
const LINE_Y = 46;
const HEIGHT = 86;

/**
 * Peaks of the newest attempts on one axis from zero, with what is asked for now and what is suggested
 * drawn in: the distance between the dots and a line is what that request wastes.
 */
export function renderPeakStrip(strip: PeakStrip): Html | undefined {
  const { peaksMiB, currentMiB, suggestedMiB } = strip;
  const most = Math.max(...peaksMiB, currentMiB ?? 0, suggestedMiB ?? 0);
  if (peaksMiB.length === 0 || most <= 0) return undefined;

  function x(memoryMiB: number): number {
    return Math.round(MARGIN + (memoryMiB / most) * (WIDTH - 2 * MARGIN));
  }
  const summary = [
    `Peaks of ${peaksMiB.length} attempts up to ${formatMemory(Math.max(...peaksMiB))}`,
    currentMiB === undefined ? undefined : `asked for now ${formatMemory(currentMiB)}`,
    suggestedMiB === undefined ? undefined : `suggested ${formatMemory(suggestedMiB)}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
  return html`<svg
    role="img"
    aria-label="${summary}"
    viewBox="0 0 ${WIDTH} ${HEIGHT}"
    width="${WIDTH}"
    height="${HEIGHT}"
  >
    <title>${summary}</title>
    <line class="axis" x1="${MARGIN}" x2="${WIDTH - MARGIN}" y1="${LINE_Y}" y2="${LINE_Y}" />
    ${peaksMiB.map((peak) => html`<circle class="dot" cx="${x(peak)}" cy="${LINE_Y}" r="5" />`)}
    ${mark(currentMiB, 'asked for now', 'mark', 'label', x, 16)}
    ${mark(suggestedMiB, 'suggested', 'mark-new', 'label-new', x, 80)}
  </svg>`;
}

function mark(
  memoryMiB: number | undefined,
  name: string,
  lineClass: string,
  labelClass: string,
  x: (memoryMiB: number) => number,
  labelY: number,
): Html | undefined {
  if (memoryMiB === undefined) return undefined;
  const position = x(memoryMiB);
  const anchor = position > WIDTH / 2 ? 'end' : 'start';
  return html`<line
      class="${lineClass}"
      x1="${position}"
      x2="${position}"
      y1="${LINE_Y - 24}"
      y2="${LINE_Y + 20}"
    /><text class="${labelClass}" x="${position}" y="${labelY}" text-anchor="${anchor}"
      >${name} ${formatMemory(memoryMiB)}</text
    >`;
}
