import type { Evidence } from '@stepfit/tuner/model/evidence';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';

import { formatShare } from '../../../src/format/quantities.ts';
import { describeMethod } from '../../../src/format/words.ts';
import type { StepReplay } from '../../../src/http/schemas/replay.ts';
import { ScatterPlot } from '../plots/scatter-plot.tsx';
import { type FittedLine, fitLine } from '../what-if/fitted-line.ts';

interface Feature {
  readonly name: string;
  readonly points: readonly (readonly [number, number])[];
  readonly line: FittedLine | undefined;
}

/** Does the need follow anything known before an attempt starts? */
export function FeaturesPanel({
  replay,
  method,
}: {
  readonly replay: StepReplay;
  readonly method?: Evidence;
}): JSX.Element | null {
  const features = useMemo(() => featuresOf(replay), [replay]);
  const [name, setName] = useState(features[0]?.name);
  const chosen = features.find((feature) => feature.name === name) ?? features[0];
  if (chosen === undefined) return null;
  return (
    <section class="panel" aria-labelledby="features">
      <header>
        <h2 id="features">What the need follows</h2>
        <label class="quiet small">
          feature{' '}
          <select value={chosen.name} onChange={(event) => setName(event.currentTarget.value)}>
            {features.map((feature) => (
              <option key={feature.name} value={feature.name}>
                {feature.name}
              </option>
            ))}
          </select>
        </label>
      </header>
      <div class="columns wide-left">
        <ScatterPlot
          name={chosen.name}
          points={chosen.points}
          {...(chosen.line && { line: chosen.line })}
        />
        <div class="prose">
          <p>
            {chosen.line === undefined
              ? 'Too few attempts for a line.'
              : `A straight line through it (least squares) explains ${formatShare(chosen.line.explained)} of how the need differs.`}
          </p>
          {method !== undefined && (
            <>
              <h3>Sized attempt by attempt</h3>
              <ul>
                {describeMethod(method).map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
            </>
          )}
        </div>
      </div>
    </section>
  );
}

/** The one that explains most first. */
function featuresOf({ features, attempts }: StepReplay): Feature[] {
  return features
    .map(({ name, values }) => {
      const points = values.flatMap((value, index) => {
        const need = attempts.needMiB[index];
        return value === null || need === undefined ? [] : [[value, need] as const];
      });
      return { name, points, line: fitLine(points) };
    })
    .filter(({ points }) => points.length > 0)
    .toSorted((a, b) => (b.line?.explained ?? 0) - (a.line?.explained ?? 0));
}
