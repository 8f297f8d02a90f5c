import { formatMemory } from '../../format/quantities.ts';
import type { SizedTask, StepSeries } from '../../replay/replay-report.ts';
import { type Html, html } from '../html.ts';
import { logScale } from './log-scale.ts';

const WIDTH = 460;
const HEIGHT = 190;
const LEFT = 64;
const TOP = 10;
const BOTTOM = 22;
/** Ticks at 64 MiB, 256 MiB, 1 GiB and so on. */
const MEMORY_BASE = 4;

/** Needs of a step's tasks in the order they were sized, with what each was given and what was declared. */
export function renderSeriesPlot({ trace, step, tasks }: StepSeries): Html {
  const scale = logScale(
    tasks.flatMap((task) => [task.needMiB, task.declaredMiB, task.allocatedMiB]),
    [HEIGHT - BOTTOM, TOP],
    MEMORY_BASE,
  );
  const failed = tasks.filter(isFailed).length;
  const summary = `${trace}/${step}: ${tasks.length} tasks, ${failed} of them first given too little`;
  function x(index: number): number {
    return Math.round(LEFT + ((index + 0.5) / tasks.length) * (WIDTH - LEFT));
  }
  function path(value: (task: SizedTask) => number): string {
    const places = tasks.map((task, index) => `${x(index)},${scale.place(value(task))}`);
    return `M${places.join('L')}`;
  }
  return html`<figure>
    <figcaption>${summary}</figcaption>
    <svg role="img" aria-label="${summary}" viewBox="0 0 ${WIDTH} ${HEIGHT}" class="plot">
      ${scale.ticks.map(
        (tick) =>
          html`<line
              class="grid"
              x1="${LEFT}"
              x2="${WIDTH}"
              y1="${scale.place(tick)}"
              y2="${scale.place(tick)}"
            />
            <text class="label" x="${LEFT - 6}" y="${scale.place(tick) + 4}" text-anchor="end">
              ${formatMemory(tick)}
            </text>`,
      )}
      <path class="declared" d="${path((task) => task.declaredMiB)}" />
      <path class="given" d="${path((task) => task.allocatedMiB)}" />
      ${tasks.map(
        (task, index) =>
          html`<circle
            class="${isFailed(task) ? 'failed' : 'need'}"
            cx="${x(index)}"
            cy="${scale.place(task.needMiB)}"
            r="${isFailed(task) ? 4 : 2}"
          />`,
      )}
      <text class="label" x="${LEFT}" y="${HEIGHT - 4}">tasks in the order they were sized</text>
    </svg>
  </figure>`;
}

function isFailed({ allocatedMiB, needMiB }: SizedTask): boolean {
  return allocatedMiB < needMiB;
}
