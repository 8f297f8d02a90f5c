import type { MetricKey } from '../contract/metrics.ts';
import { point, type SamplePoint } from './sample.ts';

/** Counters of an attempt. A process that ends between two readings can make a sum dip: a counter never does. */
export class Counters {
  readonly #values = new Map<string, number>();

  /** The value as a point, or the highest before it. */
  raise(metric: MetricKey, value: number, ...labels: string[]): SamplePoint {
    const key = [metric, ...labels].join('/');
    const highest = Math.max(value, this.#values.get(key) ?? 0);
    this.#values.set(key, highest);
    return point(metric, highest, ...labels);
  }

  value(metric: MetricKey, ...labels: string[]): number {
    return this.#values.get([metric, ...labels].join('/')) ?? 0;
  }
}
