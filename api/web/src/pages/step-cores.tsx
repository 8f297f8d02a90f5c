import type { CpuReplay } from '@stepfit/tuner/model/evidence';
import type { JSX } from 'preact';

import { CoresPlot } from '../plots/cores-plot.tsx';

/** What other counts of cores would have slowed and cost. */
export function CoresPanel({
  curve,
}: {
  readonly curve: readonly CpuReplay[];
}): JSX.Element | null {
  if (curve.length < 2) return null;
  const isLowerBound = curve.some((point) => point.isLowerBound);
  return (
    <section class="panel" aria-labelledby="cores">
      <header>
        <h2 id="cores">Cores: speed and cost</h2>
        <span class="keys">
          <span class="key">
            <i class="line fill-used" /> running time
          </span>
          <span class="key">
            <i class="line fill-wasted" /> cost, memory and GPUs included
          </span>
        </span>
      </header>
      <CoresPlot curve={curve} />
      {isLowerBound && (
        <p class="note">
          Usage reached all cores there were, so the true demand may be higher than this curve.
        </p>
      )}
    </section>
  );
}
