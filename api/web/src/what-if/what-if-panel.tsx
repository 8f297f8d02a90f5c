import { requestReplay } from '@stepfit/tuner/replay/replay-request';
import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';

import { formatCores, formatMemory } from '../../../src/format/quantities.ts';
import type { StepReplay } from '../../../src/http/schemas/replay.ts';
import { toReplayBasis } from '../../../src/steps/replay-arrays.ts';
import { Term } from '../parts/term.tsx';
import { NeedsPlot } from '../plots/needs-plot.tsx';
import { coreStops, memoryStops } from './candidates.ts';
import { Readout } from './readout.tsx';
import { Slider } from './slider.tsx';
import { WorstTasks } from './worst-tasks-table.tsx';

/**
 * What any request would have meant for the step's own attempts: computed here, by the server's own code, over
 * the attempts it sent, so that it follows the hand.
 */
export function WhatIfPanel({
  replay,
  suggestedCores,
  limitMiB,
}: {
  readonly replay: StepReplay;
  readonly suggestedCores?: number;
  /** What the backend enforces; absent where nothing does. */
  readonly limitMiB?: number;
}): JSX.Element {
  const { current, suggestedPlan, attempts, grid } = replay;
  const { stops, cores, range, ask } = useMemo(() => prepare(replay), [replay]);
  const [memoryMiB, setMemoryMiB] = useState(startOf(replay));
  const [cpuCores, setCpuCores] = useState(suggestedCores ?? current.cpuCores);
  const then = ask({ ...current, memoryMiB, ...(cpuCores !== undefined && { cpuCores }) });
  return (
    <section class="panel stack" aria-labelledby="what-if">
      <header class="panel-head">
        <h2 id="what-if">What if it asked for something else?</h2>
        <Scope replay={replay} />
      </header>
      <div>
        <NeedsKeys isFailing={then.memory.failures > 0} />
        <NeedsPlot
          needsMiB={attempts.needMiB}
          chosenMiB={memoryMiB}
          range={range}
          {...(current.memoryMiB !== undefined && { currentMiB: current.memoryMiB })}
          {...(limitMiB !== undefined && { limitMiB })}
          {...(suggestedPlan && { suggestedMiB: suggestedPlan.firstMiB })}
        />
        <Slider
          id="what-if-memory"
          label="Memory"
          stops={stops}
          range={range}
          value={memoryMiB}
          format={formatMemory}
          onChange={setMemoryMiB}
        />
        {cores.length > 1 && cpuCores !== undefined && (
          <Slider
            id="what-if-cores"
            label="CPU"
            stops={cores}
            range={[cores[0] ?? 1, cores.at(-1) ?? 1]}
            value={cpuCores}
            format={(value) => `${formatCores(value)} ${value === 1 ? 'core' : 'cores'}`}
            onChange={setCpuCores}
          />
        )}
      </div>
      <Readout
        then={then}
        {...(current.memoryMiB !== undefined && {
          now: ask({ ...current, memoryMiB: current.memoryMiB }),
        })}
        runs={attempts.runNames.length}
      />
      {memoryMiB < grid.floor && (
        <p class="note">
          Below the policy’s floor of {formatMemory(grid.floor)}: it is never suggested.
        </p>
      )}
      <WorstTasks replay={replay} requestMiB={memoryMiB} />
    </section>
  );
}

/** The slider starts at what is suggested, else at what is asked for. */
function startOf({ suggestedPlan, current, attempts }: StepReplay): number {
  return suggestedPlan?.firstMiB ?? current.memoryMiB ?? Math.max(...attempts.needMiB);
}

/** What does not change while one drags. */
function prepare(replay: StepReplay) {
  const stops = memoryStops(replay);
  const range = [
    Math.min(stops[0] ?? 1, ...replay.attempts.needMiB) * 0.9,
    (stops.at(-1) ?? 2) * 1.06,
  ] as const;
  return { stops, cores: coreStops(replay), range, ask: requestReplay(toReplayBasis(replay)) };
}

function Scope({ replay }: { readonly replay: StepReplay }): JSX.Element {
  const counted = replay.attempts.needMiB.length;
  return (
    <span class="quiet small">
      <Term of="replay" /> over {counted} attempts
      {replay.finishedAttempts > counted && ` that count, of ${replay.finishedAttempts}`}
    </span>
  );
}

function NeedsKeys({ isFailing }: { readonly isFailing: boolean }): JSX.Element {
  return (
    <p class="keys">
      <span class="key">
        <i class="fill-used" /> attempts by what they needed
      </span>
      {isFailing && (
        <span class="key">
          <i class="fill-bad" /> would have run out of memory
        </span>
      )}
      <span class="key">
        <i class="line fill-ink" /> share of attempts that need no more
      </span>
    </p>
  );
}
