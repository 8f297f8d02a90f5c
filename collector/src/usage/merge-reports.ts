import { present } from '../otlp/present.ts';
import { higherPeak } from '../otlp/series-collector.ts';
import type { AttemptEnd, AttemptReport, IoTotals, UsageSeries } from './usage-report.ts';

/**
 * Outcomes by how much they say, most first: where two reporters of one attempt disagree, the more specific
 * failure is believed over the plain one, and any end that was seen over one that was not.
 */
export const OUTCOME_PRECEDENCE = [
  'oom',
  'timeout',
  'failed',
  'succeeded',
  'cached',
  'lost',
] as const satisfies readonly AttemptEnd['outcome'][];

/** One report for each attempt, in the order of their ids, whatever the order in which they came. */
export function mergeReports(reports: readonly AttemptReport[]): readonly AttemptReport[] {
  const byId = new Map<string, AttemptReport>();
  for (const report of reports) {
    const known = byId.get(report.attemptId);
    byId.set(report.attemptId, known === undefined ? report : mergeTwo(known, report));
  }
  // Every transaction locks attempts in this order, so that two of them never wait for each other.
  return [...byId.values()].toSorted((a, b) => compare(lockKey(a), lockKey(b)));
}

function mergeTwo(a: AttemptReport, b: AttemptReport): AttemptReport {
  const peak = a.peak && b.peak ? higherPeak(a.peak, b.peak) : (a.peak ?? b.peak);
  const end = a.end && b.end ? strongerEnd(a.end, b.end) : (a.end ?? b.end);
  return present({
    identity: a.identity,
    attemptId: a.attemptId,
    facts: {
      ...b.facts,
      ...a.facts,
      features: { ...b.facts.features, ...a.facts.features },
    },
    startedAtMs: Math.min(a.startedAtMs, b.startedAtMs),
    oomKills: Math.max(a.oomKills, b.oomKills),
    series: mergeSeries([...a.series, ...b.series]),
    lastSampleAtMs: greatest(a.lastSampleAtMs, b.lastSampleAtMs),
    cpuSeconds: greatest(a.cpuSeconds, b.cpuSeconds),
    cpuThrottledSeconds: greatest(a.cpuThrottledSeconds, b.cpuThrottledSeconds),
    io: a.io && b.io ? greatestIo(a.io, b.io) : (a.io ?? b.io),
    exitCode: a.exitCode ?? b.exitCode,
    peak,
    end,
  });
}

function strongerEnd(a: AttemptEnd, b: AttemptEnd): AttemptEnd {
  const rankOfA = OUTCOME_PRECEDENCE.indexOf(a.outcome);
  return rankOfA <= OUTCOME_PRECEDENCE.indexOf(b.outcome) ? a : b;
}

function mergeSeries(all: readonly UsageSeries[]): readonly UsageSeries[] {
  const byKey = new Map<string, UsageSeries>();
  for (const one of all) {
    const key = `${one.metric} ${one.series}`;
    const known = byKey.get(key);
    byKey.set(
      key,
      known === undefined
        ? one
        : {
            ...known,
            timesMs: [...known.timesMs, ...one.timesMs],
            values: [...known.values, ...one.values],
          },
    );
  }
  return [...byKey.values()];
}

function greatestIo(a: IoTotals, b: IoTotals): IoTotals {
  return present({
    diskReadBytes: greatest(a.diskReadBytes, b.diskReadBytes),
    diskWrittenBytes: greatest(a.diskWrittenBytes, b.diskWrittenBytes),
    networkReceivedBytes: greatest(a.networkReceivedBytes, b.networkReceivedBytes),
    networkSentBytes: greatest(a.networkSentBytes, b.networkSentBytes),
  });
}

function greatest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

function lockKey({ identity, attemptId }: AttemptReport): string {
  return `${identity.project}\0${attemptId}`;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
