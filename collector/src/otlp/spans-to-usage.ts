import {
  ATTEMPT_SPAN_NAME,
  type Outcome,
  OUTCOMES,
  RESOURCE_ATTRIBUTES,
  SPAN_ATTRIBUTES,
} from '@stepfit/sdk-plugin/contract/attributes';

import type { AttemptEnd, AttemptReport, MemoryPeak } from '../usage/usage-report.ts';
import type { OtlpAttributes, OtlpSpan, OtlpTracesRequest } from './otlp-request.ts';
import { present } from './present.ts';
import {
  type AttemptHead,
  readAmount,
  readAttempt,
  readFeatures,
  readText,
} from './read-attempt.ts';
import { RejectionTally } from './rejection.ts';
import { isMemorySource } from './series-collector.ts';
import { withAttempt } from './split-by-attempt.ts';
import { checkTime, type TimeBounds } from './time-bounds.ts';
import { AttemptCounter, type UsageLimits, type UsageOfRequest } from './to-usage.ts';

const BYTES_PER_MIB = 1024 * 1024;
const MAX_INTEGER = 2 ** 31 - 1;

/**
 * Judges the spans of a traces request: each `stepfit.attempt` closes the attempt of its resource.
 *
 * @throws {StepfitError} `payload-too-large` when the request is about more than `maxAttempts` attempts.
 */
export function spansToUsage(
  request: OtlpTracesRequest,
  times: TimeBounds,
  limits: UsageLimits,
): UsageOfRequest {
  const tally = new RejectionTally();
  const seen = new AttemptCounter(limits.maxAttempts);
  const reports: AttemptReport[] = [];
  for (const { attributes, spans } of request.resources) {
    const ours = spans.filter((span) => isAttemptSpan(span, tally));
    if (ours.length === 0) continue;
    for (const [identity, closing] of byAttempt(attributes, ours)) {
      const head = readAttempt(identity, times, closing.length, tally);
      if (head === undefined) continue;
      seen.add(head.attemptId);
      for (const span of closing) {
        const report = toReport(head, span, times, tally);
        if (report !== undefined) reports.push(report);
      }
    }
  }
  return { reports, rejections: tally.list() };
}

/** The attributes that identify, with the spans they are of: a program's own SDK puts them on the span. */
function byAttempt(
  attributes: OtlpAttributes,
  spans: readonly OtlpSpan[],
): readonly (readonly [OtlpAttributes, readonly OtlpSpan[]])[] {
  if (attributes.has(RESOURCE_ATTRIBUTES.flow.name)) return [[attributes, spans]];
  return spans.map((span) => [withAttempt(attributes, span.attributes), [span]]);
}

function isAttemptSpan({ name }: OtlpSpan, tally: RejectionTally): boolean {
  if (name === ATTEMPT_SPAN_NAME) return true;
  tally.add('unknown-span', name, 1, `only spans named ${ATTEMPT_SPAN_NAME} are taken`);
  return false;
}

function toReport(
  head: AttemptHead,
  { name, startMs, endMs, attributes }: OtlpSpan,
  times: TimeBounds,
  tally: RejectionTally,
): AttemptReport | undefined {
  const outcome = attributes.get(SPAN_ATTRIBUTES.outcome.name);
  const exitCode = readExitCode(attributes);
  // Whoever only saw the process end may leave it to us what that means.
  const isOpen = outcome === undefined && exitCode !== undefined;
  if (!isOpen && !isOutcome(outcome)) {
    const choices = OUTCOMES.join(', ');
    tally.add('bad-attribute', SPAN_ATTRIBUTES.outcome.name, 1, `it must be one of ${choices}`);
    return undefined;
  }
  if (!checkTime(endMs, times, name, tally)) return undefined;
  if (startMs < times.earliestStartMs) {
    tally.add('too-old', name, 1, 'no attempt started that long ago');
    return undefined;
  }
  if (endMs < startMs || endMs < head.startedAtMs) {
    tally.add('ends-before-start', name, 1, 'the attempt ends before it starts');
    return undefined;
  }
  const { features } = head.facts;
  return present({
    ...head,
    facts: { ...head.facts, features: { ...readFeatures(attributes, tally), ...features } },
    startedAtMs: Math.min(startMs, head.startedAtMs),
    peak: readPeak(attributes, tally),
    cpuSeconds: readAmount(attributes, SPAN_ATTRIBUTES.cpuSeconds, tally),
    oomKills: 0,
    series: [],
    exitCode,
    end: isOutcome(outcome) ? readEnd(attributes, outcome, endMs) : undefined,
  });
}

function readEnd(attributes: OtlpAttributes, outcome: Outcome, endedAtMs: number): AttemptEnd {
  return present({
    outcome,
    endedAtMs,
    evidence: readText(attributes, SPAN_ATTRIBUTES.outcomeEvidence),
    exceptionType: readText(attributes, SPAN_ATTRIBUTES.exceptionType),
  });
}

/** Negative where a signal ended the process. */
function readExitCode(attributes: OtlpAttributes): number | undefined {
  const exitCode = attributes.get(SPAN_ATTRIBUTES.exitCode.name);
  const isCode =
    typeof exitCode === 'number' && Number.isInteger(exitCode) && Math.abs(exitCode) <= MAX_INTEGER;
  return isCode ? exitCode : undefined;
}

/** The span's peak is an integer of bytes, which may be beyond 32 bits. */
function readPeak(attributes: OtlpAttributes, tally: RejectionTally): MemoryPeak | undefined {
  const bytes = readAmount(
    attributes,
    { ...SPAN_ATTRIBUTES.peakMemoryBytes, type: 'double' },
    tally,
  );
  if (bytes === undefined) return undefined;
  const source = attributes.get(SPAN_ATTRIBUTES.peakMemorySource.name);
  return { memoryMiB: bytes / BYTES_PER_MIB, source: isMemorySource(source) ? source : 'rss' };
}

function isOutcome(value: unknown): value is Outcome {
  return OUTCOMES.some((outcome) => outcome === value);
}
