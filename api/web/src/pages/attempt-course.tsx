import type { JSX } from 'preact';

import { formatCount, formatDuration } from '../../../src/format/quantities.ts';
import type { Attempt } from '../../../src/http/schemas/attempts.ts';
import { isKernelMark } from '../memory-sources.ts';
import type { Phases } from './attempt-phases.ts';

const MS = 1000;
/** Seconds; what is sampled this soon has no start-up to speak of. */
const SEEN_AT_ONCE = 0.1;

/** What part of an attempt was seen, when its memory peaked, and what nobody saw. */
export function AttemptCourse({
  attempt,
  phases,
}: {
  readonly attempt: Attempt;
  readonly phases: Phases;
}): JSX.Element {
  const { firstSample, lastSample, end, samples, peak } = phases;
  const isRunning = attempt.outcome === undefined;
  const tail = end - lastSample;
  return (
    <section class="panel stack" aria-labelledby="course" style={{ gap: '10px' }}>
      <h2 id="course">Course</h2>
      <div class="phases" aria-hidden="true">
        {firstSample >= SEEN_AT_ONCE && <i class="unmeasured" style={{ flexGrow: firstSample }} />}
        <i style={{ flexGrow: lastSample - firstSample }} />
        {!isRunning && tail > 0 && <i class="unmeasured" style={{ flexGrow: tail }} />}
      </div>
      <dl class="facts">
        <dt>start-up</dt>
        <dd>{describeStart(firstSample, attempt)}</dd>
        <dt>sampled</dt>
        <dd>
          {formatSeconds(lastSample - firstSample)}, {formatCount(samples, 'point')} shown
        </dd>
        <dt>end</dt>
        <dd>{describeTail(attempt, tail)}</dd>
        <dt>memory peaked</dt>
        <dd>{describePeak(peak, end, isRunning)}</dd>
        <dt>not known</dt>
        <dd class="quiet">
          when the step’s own code ended and, under Metaflow, persisting its artifacts began: both
          are sampled, and nothing tells them apart
        </dd>
      </dl>
    </section>
  );
}

function describeStart(firstSample: number, { peakMemorySource }: Attempt): string {
  if (firstSample < SEEN_AT_ONCE) return 'sampled from its first moment';
  const until = `${formatSeconds(firstSample)} until the first sample`;
  return isKernelMark(peakMemorySource)
    ? `${until}; the mark of memory covers it, the lines do not`
    : `${until}; nothing is known of it`;
}

function describeTail({ outcome, outcomeSource }: Attempt, tail: number): string {
  if (outcome === undefined) return 'it is still running';
  if (outcomeSource === 'inferred') return 'it fell silent after the last sample';
  return tail > 0 ? `${formatSeconds(tail)} after the last sample` : 'with the last sample';
}

function describePeak(peak: number | undefined, end: number, isRunning: boolean): string {
  if (peak === undefined) return 'after the last point shown: its end reported a higher mark';
  const share = end > 0 ? Math.round((peak / end) * 100) : 0;
  return isRunning
    ? `so far ${formatSeconds(peak)} after the start`
    : `${formatSeconds(peak)} after the start, at ${share} % of its time`;
}

function formatSeconds(seconds: number): string {
  return formatDuration(seconds * MS);
}
