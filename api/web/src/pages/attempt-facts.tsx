import type { ComponentChildren, JSX } from 'preact';

import {
  formatCores,
  formatDuration,
  formatMemory,
  formatShare,
  formatTime,
} from '../../../src/format/quantities.ts';
import { describeResources } from '../../../src/format/words.ts';
import type { Attempt } from '../../../src/http/schemas/attempts.ts';
import { describeSource } from '../memory-sources.ts';
import { describeOutcome } from '../parts/outcome-chip.tsx';
import { Term } from '../parts/term.tsx';

/** What is known of an attempt besides its series. */
export function AttemptFacts({ attempt }: { readonly attempt: Attempt }): JSX.Element {
  const { peakMemoryMiB, peakMemorySource, request } = attempt;
  return (
    <div class="columns">
      <section class="panel" aria-label="What it used">
        <dl class="facts">
          <Fact name="declared">{describeResources(attempt.declared)}</Fact>
          <Fact name="requested">{describeResources(request)}</Fact>
          <Fact name="memory limit">
            {attempt.limitMemoryMiB !== undefined && formatMemory(attempt.limitMemoryMiB)}
          </Fact>
          <Fact name="CPU limit">
            {attempt.limitCpuCores !== undefined &&
              `${formatCores(attempt.limitCpuCores)} cores${describeThrottling(attempt)}`}
          </Fact>
          <dt>
            <Term of="peak" /> of memory
          </dt>
          <dd>
            <b>{formatMemory(peakMemoryMiB)}</b>
            {peakMemoryMiB !== undefined &&
              request.memoryMiB !== undefined &&
              `, ${formatShare(peakMemoryMiB / request.memoryMiB)} of what was requested`}
          </dd>
          <Fact name="read from">
            {peakMemorySource !== undefined && describeSource(peakMemorySource)}
          </Fact>
          <Fact name="cores at most">
            {attempt.peakCores !== undefined && formatCores(attempt.peakCores)}
          </Fact>
          <Fact name="CPU time">
            {attempt.cpuSeconds !== undefined && formatDuration(attempt.cpuSeconds * 1000)}
          </Fact>
          <Fact name="GPUs">{attempt.gpuSeenCount !== undefined && describeGpus(attempt)}</Fact>
        </dl>
      </section>
      <section class="panel" aria-label="How it ran">
        <dl class="facts">
          <Fact name="started">{formatTime(attempt.startedAt)} UTC</Fact>
          <Fact name="ran for">
            {attempt.durationMs !== undefined && formatDuration(attempt.durationMs)}
          </Fact>
          <Fact name="ended">{describeEnd(attempt)}</Fact>
          <Fact name="backend">{attempt.backend}</Fact>
          <Fact name="machine">{describeHost(attempt)}</Fact>
          <Fact name="code version">
            {attempt.codeVersion !== undefined && <code>{attempt.codeVersion}</code>}
          </Fact>
          <Fact name="sampler">{attempt.samplerVersion}</Fact>
          <Features features={attempt.features} />
        </dl>
      </section>
    </div>
  );
}

/** Left out where nothing is known. */
function Fact({
  name,
  children,
}: {
  readonly name: string;
  readonly children: ComponentChildren;
}): JSX.Element | null {
  if (children === undefined || children === false || children === '') return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Features({ features }: { readonly features: Attempt['features'] }): JSX.Element | null {
  const entries = Object.entries(features);
  if (entries.length === 0) return null;
  return (
    <>
      <dt>known before</dt>
      <dd>
        <details>
          <summary>{entries.length} features</summary>
          {entries.map(([name, value]) => (
            <div key={name}>
              <code>{name}</code> {String(value)}
            </div>
          ))}
        </details>
      </dd>
    </>
  );
}

function describeGpus({
  gpuSeenCount,
  gpuMeanUtilization = 0,
  gpuPeakMemoryMiB,
  gpuMemoryLimitMiB,
}: Attempt): string {
  const busy = `${gpuSeenCount} seen, busy ${formatShare(gpuMeanUtilization)} of the time on average`;
  return gpuPeakMemoryMiB === undefined || gpuMemoryLimitMiB === undefined
    ? busy
    : `${busy}; at most ${formatMemory(gpuPeakMemoryMiB)} of ${formatMemory(gpuMemoryLimitMiB)} used on one`;
}

function describeThrottling({ cpuThrottledSeconds = 0 }: Attempt): string {
  return cpuThrottledSeconds === 0
    ? ''
    : `, which held back ${formatDuration(cpuThrottledSeconds * 1000)} of CPU time`;
}

function describeEnd({ outcome, outcomeSource, exitCode, exceptionType }: Attempt): string {
  if (outcome === undefined) return 'it is still running';
  return [
    `${describeOutcome(outcome)}, ${outcomeSource === 'inferred' ? 'by inference' : 'as it reported'}`,
    exitCode === undefined ? '' : `exit code ${exitCode}`,
    exceptionType ?? '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

function describeHost({ hostName, hostCpuCores, hostMemoryMiB }: Attempt): string {
  return [
    hostName ?? '',
    hostCpuCores === undefined ? '' : `${hostCpuCores} cores`,
    hostMemoryMiB === undefined ? '' : formatMemory(hostMemoryMiB),
  ]
    .filter((part) => part !== '')
    .join(', ');
}
