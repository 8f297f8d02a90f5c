import { MEMORY_SOURCES, type MemorySource } from '@stepfit/sdk-plugin/contract/attributes';
import { type MetricName, METRICS } from '@stepfit/sdk-plugin/contract/metrics';

import { isIdleCpuMode } from '../usage/cpu-modes.ts';
import type { AttemptReport, IoTotals, MemoryPeak, UsageSeries } from '../usage/usage-report.ts';
import { present } from './present.ts';

const BYTES_PER_MIB = 1024 * 1024;

interface OpenSeries {
  readonly metric: MetricName;
  readonly series: string;
  readonly timesMs: number[];
  readonly values: number[];
}

/** What the attempt's row keeps of its points. */
export type SeriesSummary = Pick<
  AttemptReport,
  'lastSampleAtMs' | 'peak' | 'cpuSeconds' | 'cpuThrottledSeconds' | 'io' | 'oomKills'
>;

/** Sorts one attempt's points into series, and sums them up as they come. */
export class SeriesCollector {
  readonly #maxSeriesPerMetric: number;
  readonly #byMetric = new Map<MetricName, Map<string, OpenSeries>>();

  constructor(maxSeriesPerMetric: number) {
    this.#maxSeriesPerMetric = maxSeriesPerMetric;
  }

  get isEmpty(): boolean {
    return this.#byMetric.size === 0;
  }

  /** False when the metric has too many series already; the point is not taken then. */
  take(metric: MetricName, series: string, timeMs: number, value: number): boolean {
    let ofMetric = this.#byMetric.get(metric);
    if (ofMetric === undefined) {
      ofMetric = new Map();
      this.#byMetric.set(metric, ofMetric);
    }
    let open = ofMetric.get(series);
    if (open === undefined) {
      if (ofMetric.size >= this.#maxSeriesPerMetric) return false;
      open = { metric, series, timesMs: [], values: [] };
      ofMetric.set(series, open);
    }
    open.timesMs.push(timeMs);
    open.values.push(value);
    return true;
  }

  series(): readonly UsageSeries[] {
    return [...this.#byMetric.values()].flatMap((ofMetric) => [...ofMetric.values()]);
  }

  summary(): SeriesSummary {
    const peak = this.#memoryPeak();
    const cpuSeconds = this.#cpuSeconds();
    const cpuThrottledSeconds = this.#maxima(METRICS.cpuThrottled.name).get('');
    const io = this.#io();
    return {
      lastSampleAtMs: this.#lastSampleAtMs(),
      oomKills: Math.max(0, ...this.#maxima(METRICS.oomKills.name).values()),
      ...(peak !== undefined && { peak }),
      ...(cpuSeconds !== undefined && { cpuSeconds }),
      ...(cpuThrottledSeconds !== undefined && { cpuThrottledSeconds }),
      ...(io !== undefined && { io }),
    };
  }

  #io(): IoTotals | undefined {
    const disk = this.#maxima(METRICS.diskIo.name);
    const network = this.#maxima(METRICS.networkIo.name);
    if (disk.size === 0 && network.size === 0) return undefined;
    return present({
      diskReadBytes: disk.get('read'),
      diskWrittenBytes: disk.get('write'),
      networkReceivedBytes: network.get('receive'),
      networkSentBytes: network.get('transmit'),
    });
  }

  #lastSampleAtMs(): number {
    let last = 0;
    for (const { timesMs } of this.series()) {
      for (const timeMs of timesMs) if (timeMs > last) last = timeMs;
    }
    return last;
  }

  /** A sender without marks of the kernel still has its samples, the least trustworthy source. */
  #memoryPeak(): MemoryPeak | undefined {
    let peak: MemoryPeak | undefined;
    const marks = [...this.#maxima(METRICS.memoryPeak.name)];
    const samples = [...this.#maxima(METRICS.memoryUsage.name)];
    for (const [series, bytes] of [...marks, ...samples]) {
      const source = isMemorySource(series) ? series : 'rss';
      const candidate = { memoryMiB: bytes / BYTES_PER_MIB, source };
      peak = peak === undefined ? candidate : higherPeak(peak, candidate);
    }
    return peak;
  }

  /** The greatest sum over the busy modes at one moment. */
  #cpuSeconds(): number | undefined {
    const sums = new Map<number, number>();
    for (const [mode, { timesMs, values }] of this.#byMetric.get(METRICS.cpuTime.name) ?? []) {
      if (isIdleCpuMode(mode)) continue;
      for (const [i, timeMs] of timesMs.entries()) {
        sums.set(timeMs, (sums.get(timeMs) ?? 0) + (values[i] ?? 0));
      }
    }
    let greatest: number | undefined;
    for (const sum of sums.values()) {
      if (greatest === undefined || sum > greatest) greatest = sum;
    }
    return greatest;
  }

  /** Greatest value of each series of a metric. */
  #maxima(metric: MetricName): Map<string, number> {
    const maxima = new Map<string, number>();
    for (const [series, { values }] of this.#byMetric.get(metric) ?? []) {
      let greatest = 0;
      for (const value of values) if (value > greatest) greatest = value;
      maxima.set(series, greatest);
    }
    return maxima;
  }
}

export function isMemorySource(value: unknown): value is MemorySource {
  return MEMORY_SOURCES.some((source) => source === value);
}

/** The higher of two peaks; of two equal ones, that of the more trustworthy source. */
export function higherPeak(a: MemoryPeak, b: MemoryPeak): MemoryPeak {
  if (a.memoryMiB !== b.memoryMiB) return a.memoryMiB > b.memoryMiB ? a : b;
  return MEMORY_SOURCES.indexOf(a.source) <= MEMORY_SOURCES.indexOf(b.source) ? a : b;
}
