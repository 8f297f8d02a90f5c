import { type MetricContract, METRICS } from '@stepfit/sdk-plugin/contract/metrics';

import { type OtlpMetric, TEMPORALITY } from './otlp-request.ts';
import type { RejectReason } from './rejection.ts';

type KnownMetric = (typeof METRICS)[keyof typeof METRICS];

export interface MetricRule {
  readonly metric: KnownMetric;
  /** What a value in the sender's unit is multiplied by. */
  readonly factor: number;
  /** In the contract's unit. */
  readonly maxValue: number;
  /** A count of things: only whole values make sense. */
  readonly isCount: boolean;
}

export interface MetricRefusal {
  readonly reason: RejectReason;
  readonly detail: string;
}

const BY_NAME: ReadonlyMap<string, KnownMetric> = new Map(
  Object.values(METRICS).map((metric) => [metric.name, metric]),
);

/**
 * UCUM units that mean the contract's unit or a fixed multiple of it. An absent unit is refused for bytes
 * and seconds, where it could be anything, and means the count itself for the rest.
 */
const FACTORS: Readonly<Record<MetricContract['unit'], ReadonlyMap<string, number>>> = {
  By: new Map([
    ['By', 1],
    ['kBy', 1e3],
    ['MBy', 1e6],
    ['GBy', 1e9],
    ['KiBy', 2 ** 10],
    ['MiBy', 2 ** 20],
    ['GiBy', 2 ** 30],
  ]),
  s: new Map([
    ['s', 1],
    ['ms', 1e-3],
    ['us', 1e-6],
    ['ns', 1e-9],
  ]),
  '1': new Map([
    ['1', 1],
    ['', 1],
    ['%', 0.01],
  ]),
  '{process}': new Map([
    ['{process}', 1],
    ['1', 1],
    ['', 1],
  ]),
  '{event}': new Map([
    ['{event}', 1],
    ['1', 1],
    ['', 1],
  ]),
};

/** Beyond these a value is a fault of the sender, and would spoil sums: 8 PiB, 300 years, all of a GPU. */
const MAX_VALUES: Readonly<Record<MetricContract['unit'], number>> = {
  By: 2 ** 53,
  s: 1e10,
  '1': 1,
  '{process}': 2 ** 31 - 1,
  '{event}': 2 ** 31 - 1,
};

/** Finds the contract's metric, or says why this one cannot be it. */
export function metricRule(metric: OtlpMetric): MetricRule | MetricRefusal {
  const known = BY_NAME.get(metric.name);
  if (known === undefined) {
    return { reason: 'unknown-metric', detail: 'it is not in the contract of docs/otlp.md' };
  }
  const refusal = refusedType(metric, known);
  if (refusal !== undefined) return refusal;
  const factor = FACTORS[known.unit].get(metric.unit);
  if (factor === undefined) {
    return {
      reason: 'wrong-unit',
      detail: `its unit is ${JSON.stringify(metric.unit.slice(0, 40))}, the contract’s is ${JSON.stringify(known.unit)}`,
    };
  }
  const isCount = known.unit.startsWith('{');
  return { metric: known, factor, maxValue: MAX_VALUES[known.unit], isCount };
}

function refusedType(metric: OtlpMetric, known: KnownMetric): MetricRefusal | undefined {
  const { kind, temporality, isMonotonic } = metric;
  if (kind === 'sum' && temporality === TEMPORALITY.delta) {
    return {
      reason: 'delta-temporality',
      detail: 'a cumulative sum is needed; set the exporter’s temporality preference to cumulative',
    };
  }
  const isCumulative = kind === 'sum' && temporality === TEMPORALITY.cumulative;
  // The conventions make amounts of memory up-down counters, which are gauges by another name.
  const fits =
    known.instrument === 'counter'
      ? isCumulative && isMonotonic
      : kind === 'gauge' || (isCumulative && !isMonotonic);
  if (fits) return undefined;
  const wanted =
    known.instrument === 'counter' ? 'a cumulative monotonic sum' : 'a gauge or an up-down counter';
  const got = kind === 'sum' ? `${isMonotonic ? 'monotonic' : 'non-monotonic'} sum` : kind;
  return { reason: 'wrong-type', detail: `${wanted} is needed, this is ${got}` };
}
