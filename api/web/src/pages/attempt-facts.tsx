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
import { Term } from '../parts/term.tsx';

/** Where a peak was read, in words. */
const SOURCES: Readonly<Record<string, string>> = {
  'cgroup-peak': 'the container’s own high-water mark, kept by the kernel',
  rusage: 'the kernel’s high-water mark of the process and its children',
  'vm-hwm': 'the kernel’s high-water mark of the process',
  pss: 'samples of the process tree, shared pages once',
  rss: 'samples of the process tree',
};

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
            {peakMemorySource !== undefined && (SOURCES[peakMemorySource] ?? peakMemorySource)}
          </Fact>
          <Fact name="cores at most">
            {attempt.peakCores !== undefined && formatCores(attempt.peakCores)}
          </Fact>
          <Fact name="CPU time">
            {attempt.cpuSeconds !== undefined && formatDuration(attempt.cpuSeconds * 1000)}
          </Fact>
          <Fact name="GPUs">
            {attempt.gpuSeenCount !== undefined &&
              `${attempt.gpuSeenCount}, busy ${formatShare(attempt.gpuMeanUtilization ?? 0)} of the time`}
          </Fact>
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

function describeEnd({ outcome, outcomeSource, exitCode, exceptionType }: Attempt): string {
  if (outcome === undefined) return 'it is still running';
  return [
    outcomeSource === 'inferred' ? `${outcome}, by inference` : outcome,
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
