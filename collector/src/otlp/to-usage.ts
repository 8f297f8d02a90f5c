import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';
import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { AttemptReport } from '../usage/usage-report.ts';
import { metricRule, type MetricRule } from './metric-rules.ts';
import type {
  OtlpMetric,
  OtlpMetricsRequest,
  OtlpPoint,
  OtlpResourceMetrics,
} from './otlp-request.ts';
import { type AttemptHead, readAttempt } from './read-attempt.ts';
import { type Rejection, RejectionTally } from './rejection.ts';
import { isMemorySource, SeriesCollector } from './series-collector.ts';
import { splitByAttempt } from './split-by-attempt.ts';
import { checkTime, type TimeBounds } from './time-bounds.ts';

export interface UsageLimits {
  readonly maxAttempts: number;
  readonly maxSeries: number;
}

export interface UsageOfRequest {
  readonly reports: readonly AttemptReport[];
  readonly rejections: readonly Rejection[];
}

/**
 * Judges the points of a metrics request by the contract: what fits becomes reports, what does not is
 * rejected by name.
 *
 * @throws {StepfitError} `payload-too-large` when the request is about more than `maxAttempts` attempts.
 */
export function metricsToUsage(
  request: OtlpMetricsRequest,
  times: TimeBounds,
  limits: UsageLimits,
): UsageOfRequest {
  const tally = new RejectionTally();
  const seen = new AttemptCounter(limits.maxAttempts);
  const reports: AttemptReport[] = [];
  for (const resource of request.resources.flatMap(splitByAttempt)) {
    const itemCount = resource.metrics.reduce((sum, { pointCount }) => sum + pointCount, 0);
    if (itemCount === 0) continue;
    const head = readAttempt(resource.attributes, times, itemCount, tally);
    if (head === undefined) continue;
    seen.add(head.attemptId);
    const report = toReport(head, resource, times, limits, tally);
    if (report !== undefined) reports.push(report);
  }
  return { reports, rejections: tally.list() };
}

/** Ends a request that is about more attempts than one may be. */
export class AttemptCounter {
  readonly #max: number;
  readonly #ids = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  add(attemptId: string): void {
    this.#ids.add(attemptId);
    if (this.#ids.size > this.#max) {
      throw new StepfitError(
        'payload-too-large',
        `The request is about more than ${this.#max} attempts.`,
        { hint: 'Send smaller batches; nothing of this one was stored.' },
      );
    }
  }
}

function toReport(
  head: AttemptHead,
  resource: OtlpResourceMetrics,
  times: TimeBounds,
  limits: UsageLimits,
  tally: RejectionTally,
): AttemptReport | undefined {
  const collector = new SeriesCollector(limits.maxSeries);
  for (const metric of resource.metrics) {
    if (metric.pointCount === 0) continue;
    const rule = metricRule(metric);
    if ('reason' in rule) tally.add(rule.reason, metric.name, metric.pointCount, rule.detail);
    else takePoints(metric, rule, times, collector, tally);
  }
  if (collector.isEmpty) return undefined;
  return { ...head, ...collector.summary(), series: collector.series() };
}

function takePoints(
  { name, points }: OtlpMetric,
  rule: MetricRule,
  times: TimeBounds,
  collector: SeriesCollector,
  tally: RejectionTally,
): void {
  for (const point of points) {
    const value = checkedValue(point, rule, name, tally);
    if (value === undefined || !checkTime(point.timeMs, times, name, tally)) continue;
    const series = seriesName(point, rule, tally);
    if (series === undefined) continue;
    if (!collector.take(rule.metric.name, series, point.timeMs, value)) {
      tally.add('too-many-series', name, 1, 'one metric of one attempt has too many series');
    }
  }
}

function checkedValue(
  { value }: OtlpPoint,
  { factor, maxValue, isCount }: MetricRule,
  name: string,
  tally: RejectionTally,
): number | undefined {
  if (value === undefined) {
    tally.add('no-value', name, 1, 'the point carries no number');
    return undefined;
  }
  if (!Number.isFinite(value)) {
    tally.add('not-a-number', name, 1, `the value is ${value}`);
    return undefined;
  }
  if (value < 0) {
    tally.add('negative-value', name, 1, `the value is ${value}`);
    return undefined;
  }
  const converted = value * factor;
  if (converted > maxValue) {
    tally.add('out-of-range', name, 1, `the value is ${converted}, the most is ${maxValue}`);
    return undefined;
  }
  if (isCount && !Number.isInteger(converted)) {
    tally.add('out-of-range', name, 1, `the value is ${converted}, a count must be whole`);
    return undefined;
  }
  return converted;
}

/** Longest name of a series: a GPU's UUID has 40 characters. */
const MAX_SERIES_LENGTH = 128;

function seriesName(
  { attributes }: OtlpPoint,
  { metric }: MetricRule,
  tally: RejectionTally,
): string | undefined {
  const parts = metric.seriesAttributes.map((attribute) => String(attributes.get(attribute) ?? ''));
  const series = parts.join('/');
  if (series.length > MAX_SERIES_LENGTH || series.includes('\0')) {
    tally.add(
      'bad-attribute',
      metric.name,
      1,
      `a bad value of ${metric.seriesAttributes.join(', ')}`,
    );
    return undefined;
  }
  if (metric.name === METRICS.memoryPeak.name && series !== '' && !isMemorySource(series)) {
    tally.add(
      'bad-attribute',
      metric.name,
      1,
      `unknown stepfit.memory.source ${series.slice(0, 40)}`,
    );
    return undefined;
  }
  return series;
}
