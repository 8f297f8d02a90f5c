import {
  FEATURE_PREFIX,
  RESOURCE_ATTRIBUTES as ATTRIBUTE,
} from '@stepfit/sdk-plugin/contract/attributes';

import type { OtlpAttributes, OtlpMetric, OtlpPoint, OtlpResourceMetrics } from './otlp-request.ts';

const NAMES: ReadonlySet<string> = new Set(Object.values(ATTRIBUTE).map(({ name }) => name));
const IDENTITY = [
  ATTRIBUTE.project,
  ATTRIBUTE.flow,
  ATTRIBUTE.run,
  ATTRIBUTE.step,
  ATTRIBUTE.task,
  ATTRIBUTE.attempt,
];

/**
 * A program that exports through an OpenTelemetry SDK of its own has one resource for all of its attempts, so that
 * each point says which attempt it is of. Returns a resource for each attempt then, with the attempt's attributes
 * moved to it; anything else comes back as it is, and is judged as it is.
 */
export function splitByAttempt(resource: OtlpResourceMetrics): readonly OtlpResourceMetrics[] {
  if (resource.attributes.has(ATTRIBUTE.flow.name)) return [resource];
  const byAttempt = new Map<string, { attributes: OtlpAttributes; metrics: OtlpMetric[] }>();
  for (const metric of resource.metrics) {
    for (const [key, points] of pointsByAttempt(metric)) {
      const known = byAttempt.get(key) ?? {
        attributes: withAttempt(resource.attributes, points[0]?.attributes),
        metrics: [],
      };
      known.metrics.push({ ...metric, points, pointCount: points.length });
      byAttempt.set(key, known);
    }
    // Histograms and summaries have no points to move, and are counted where they are refused.
    if (metric.points.length === 0) {
      const rest = byAttempt.get('') ?? { attributes: resource.attributes, metrics: [] };
      rest.metrics.push(metric);
      byAttempt.set('', rest);
    }
  }
  return [...byAttempt.values()];
}

/** The resource's attributes, and of an attempt's own those that the contract puts on resources. */
export function withAttempt(
  resource: OtlpAttributes,
  own: OtlpAttributes = new Map(),
): OtlpAttributes {
  if (!own.has(ATTRIBUTE.flow.name)) return resource;
  const attributes = new Map(resource);
  for (const [name, value] of own) {
    if (NAMES.has(name) || name.startsWith(FEATURE_PREFIX)) attributes.set(name, value);
  }
  return attributes;
}

function pointsByAttempt({ points }: OtlpMetric): ReadonlyMap<string, OtlpPoint[]> {
  return Map.groupBy(points, ({ attributes }) =>
    attributes.has(ATTRIBUTE.flow.name)
      ? JSON.stringify(IDENTITY.map(({ name }) => attributes.get(name)))
      : '',
  );
}
