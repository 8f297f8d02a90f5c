import type { GpuEvidence } from '@stepfit/tuner/model/evidence';
import type { JSX } from 'preact';

import { formatMemory, formatShare } from '../../../src/format/quantities.ts';

/** What the GPUs did; nothing where there were none. */
export function GpuPanel({ gpu }: { readonly gpu: GpuEvidence | undefined }): JSX.Element | null {
  if (gpu === undefined) return null;
  return (
    <section class="panel stack" aria-labelledby="gpu">
      <h2 id="gpu">GPU</h2>
      <p>{gpu.verdict}</p>
      {gpu.usedCount !== undefined && (
        <Meter
          name="used at once"
          share={gpu.usedCount / Math.max(1, gpu.requestedCount)}
          words={`${gpu.usedCount} of ${gpu.requestedCount}`}
        />
      )}
      <Meter
        name={`busy, mean of all ${gpu.requestedCount}`}
        share={gpu.meanUtilization}
        words={formatShare(gpu.meanUtilization)}
      />
      <Meter
        name="busy, peak of any"
        share={gpu.peakUtilization}
        words={formatShare(gpu.peakUtilization)}
      />
      {gpu.peakMemoryMiB !== undefined && gpu.memoryLimitMiB !== undefined && (
        <Meter
          name="memory, peak of any"
          share={gpu.peakMemoryMiB / gpu.memoryLimitMiB}
          words={`${formatMemory(gpu.peakMemoryMiB)} of ${formatMemory(gpu.memoryLimitMiB)}`}
        />
      )}
    </section>
  );
}

function Meter({
  name,
  share,
  words,
}: {
  readonly name: string;
  readonly share: number;
  readonly words: string;
}): JSX.Element {
  return (
    <div>
      <span class="quiet small">
        {name} · {words}
      </span>
      <span class="meter" aria-hidden="true">
        <i class="fill-used" style={{ width: `${Math.min(1, share) * 100}%` }} />
      </span>
    </div>
  );
}
