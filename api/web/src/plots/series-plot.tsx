import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';

import { useWidth } from '../parts/use-width.ts';

/** One line of a plot over time. */
export interface PlotSeries {
  readonly name: string;
  /** A custom property of the style, such as `--used`. */
  readonly color: string;
  readonly values: readonly (number | null)[];
  readonly isDashed?: boolean;
  readonly isFilled?: boolean;
}

export interface SeriesPlotProps {
  readonly label: string;
  /** Seconds after the attempt's start, ascending. */
  readonly seconds: readonly number[];
  readonly series: readonly PlotSeries[];
  readonly format: (value: number) => string;
  readonly height?: number;
  /** Distances between ticks of the values. */
  readonly steps?: readonly number[];
  /** Values up to here are shown; the highest where absent. */
  readonly top?: number;
  /** Where the time ends; the last point where absent. */
  readonly end?: number;
  /** Outside of these times nothing was measured: shaded. */
  readonly sampled?: readonly [first: number, last: number];
  /** Plots of one key move their cursors together. */
  readonly syncKey?: string;
}

/** Series over time, drawn on a canvas: thousands of points stay smooth. */
export function SeriesPlot(props: SeriesPlotProps): JSX.Element {
  const { label, seconds, series, height = 190 } = props;
  const [frame, width] = useWidth<HTMLDivElement>();
  const plot = useRef<uPlot | undefined>(undefined);
  const shape = series.map(({ name }) => name).join();

  useEffect(() => {
    if (frame.current === null || width === 0) return undefined;
    plot.current = new uPlot(optionsFor(props, width, height), dataOf(props), frame.current);
    return () => {
      plot.current?.destroy();
      plot.current = undefined;
    };
    // A running attempt grows by data alone; other lines or another width make another plot.
  }, [width, shape, props.top, props.end, colorScheme()]);

  useEffect(() => plot.current?.setData(dataOf(props)), [seconds, series]);

  return <div ref={frame} role="img" aria-label={label} style={{ minHeight: `${height}px` }} />;
}

/** Distances between ticks of the time, seconds. */
const SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400];

function dataOf({ seconds, series }: SeriesPlotProps): uPlot.AlignedData {
  return [[...seconds], ...series.map(({ values }) => [...values])];
}

function optionsFor(
  { seconds, series, format, syncKey, steps, top, end, sampled }: SeriesPlotProps,
  width: number,
  height: number,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  function color(name: string): string {
    return resolveColor(style.getPropertyValue(name));
  }
  const axis: uPlot.Axis = {
    stroke: color('--quiet'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width,
    height,
    legend: { live: true },
    padding: [8, 12, 0, 0],
    cursor: { y: false, ...(syncKey !== undefined && { sync: { key: syncKey } }) },
    scales: {
      x: { time: false, range: [0, end ?? seconds.at(-1) ?? 1] },
      y: { range: (_plot, _min, max) => [0, (top ?? (max || 1)) * 1.08] },
    },
    hooks: sampled === undefined ? {} : { drawClear: [shadeOutside(sampled, color('--sunken'))] },
    axes: [
      { ...axis, size: 26, incrs: SECONDS, values: (_plot, ticks) => ticks.map(formatSeconds) },
      {
        ...axis,
        size: 72,
        ...(steps !== undefined && { incrs: [...steps] }),
        values: (_plot, ticks) => ticks.map(format),
      },
    ],
    series: [
      {
        label: 'after start',
        value: (_plot, value) => (value === null ? '–' : formatSeconds(value)),
      },
      ...series.map(({ name, color: token, isDashed, isFilled }) => ({
        label: name,
        stroke: color(token),
        width: isDashed === true ? 1.5 : 2,
        spanGaps: true,
        points: { show: false },
        ...(isDashed === true && { dash: [6, 4] }),
        ...(isFilled === true && { fill: `${toRgba(color(token), 0.14)}` }),
        value: (_plot: uPlot, value: number | null) => (value === null ? '–' : format(value)),
      })),
    ],
  };
}

/** Fills the times before the first sample and after the last. */
function shadeOutside(
  [first, last]: readonly [number, number],
  fill: string,
): (plot: uPlot) => void {
  return (plot) => {
    const { ctx, bbox } = plot;
    const from = plot.valToPos(first, 'x', true);
    const to = plot.valToPos(last, 'x', true);
    ctx.save();
    ctx.fillStyle = fill;
    ctx.fillRect(bbox.left, bbox.top, from - bbox.left, bbox.height);
    ctx.fillRect(to, bbox.top, bbox.left + bbox.width - to, bbox.height);
    ctx.restore();
  };
}

/** A canvas knows neither custom properties nor `light-dark()`: an element resolves them. */
function resolveColor(value: string): string {
  const probe = document.createElement('i');
  probe.style.color = value;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function toRgba(color: string, alpha: number): string {
  const channels = /\d+(\.\d+)?/g;
  const [red = '0', green = '0', blue = '0'] = color.match(channels) ?? [];
  return `rgba(${red}, ${green}, ${blue}, ${alpha})`;
}

function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds * 10) / 10} s`;
  if (seconds < 7200) return `${Math.round(seconds / 6) / 10} min`;
  return `${Math.round(seconds / 360) / 10} h`;
}

/** Changes when the colours do. */
function colorScheme(): string {
  const theme = document.documentElement.dataset['theme'];
  return theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
}
