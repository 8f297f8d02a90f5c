import { RESOURCE_ATTRIBUTES, SPAN_ATTRIBUTES } from '@stepfit/sdk-plugin/contract/attributes';
import { METRICS } from '@stepfit/sdk-plugin/contract/metrics';

import type { AttributeValue, Export, Point, Span } from './metaflow-collector.ts';

/** Everything that arrived of one attempt. */
export interface ReportedAttempt {
  readonly run: string;
  readonly step: string;
  readonly task: string;
  readonly attempt: number;
  readonly exports: readonly Export[];
  readonly points: readonly Point[];
  /** Absent: nobody said how the attempt ended. */
  readonly span: Span | undefined;
}

/** Attempts by what identifies them, in the order they were first heard of. */
export function attemptsOf(exports: readonly Export[]): readonly ReportedAttempt[] {
  const byIdentity = Map.groupBy(exports, ({ resource }) =>
    [
      resource[RESOURCE_ATTRIBUTES.run.name],
      resource[RESOURCE_ATTRIBUTES.step.name],
      resource[RESOURCE_ATTRIBUTES.task.name],
      resource[RESOURCE_ATTRIBUTES.attempt.name],
    ].join('/'),
  );
  return [...byIdentity.values()].map((own) => ({
    run: String(own[0]?.resource[RESOURCE_ATTRIBUTES.run.name]),
    step: String(own[0]?.resource[RESOURCE_ATTRIBUTES.step.name]),
    task: String(own[0]?.resource[RESOURCE_ATTRIBUTES.task.name]),
    attempt: Number(own[0]?.resource[RESOURCE_ATTRIBUTES.attempt.name]),
    exports: own,
    points: own.flatMap((item) => item.points),
    span: own.flatMap((item) => item.spans)[0],
  }));
}

/** The only attempt of a step. */
export function attemptOf(exports: readonly Export[], step: string): ReportedAttempt {
  const found = attemptsOf(exports).filter((attempt) => attempt.step === step);
  if (found[0] === undefined || found.length !== 1) {
    throw new Error(`${String(found.length)} attempts of step ${step} were reported, not one.`);
  }
  return found[0];
}

export function spanAttribute(
  attempt: ReportedAttempt,
  key: keyof typeof SPAN_ATTRIBUTES,
): AttributeValue | undefined {
  return attempt.span?.attributes[SPAN_ATTRIBUTES[key].name];
}

/** Highest peak of the whole attempt in bytes, as its closing span says. */
export function peakBytes(attempt: ReportedAttempt): number {
  return Number(spanAttribute(attempt, 'peakMemoryBytes'));
}

export function cpuSeconds(attempt: ReportedAttempt): number {
  return Number(spanAttribute(attempt, 'cpuSeconds'));
}

/** Points of one metric of an attempt, as sent. */
export function pointsOf(attempt: ReportedAttempt, metric: keyof typeof METRICS): readonly Point[] {
  return attempt.points.filter((point) => point.metric === METRICS[metric].name);
}
