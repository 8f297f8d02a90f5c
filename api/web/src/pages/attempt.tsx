import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';

import { formatCores, formatMemory, formatShare } from '../../../src/format/quantities.ts';
import type { Attempt, AttemptUsageSeries } from '../../../src/http/schemas/attempts.ts';
import { readAttempt, readUsage } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { OutcomeChip } from '../parts/outcome-chip.tsx';
import { Empty, Load } from '../parts/states.tsx';
import { SeriesPlot } from '../plots/series-plot.tsx';
import { AttemptCourse } from './attempt-course.tsx';
import { AttemptFacts } from './attempt-facts.tsx';
import { type Phases, phasesOf } from './attempt-phases.ts';
import {
  coresGroup,
  gpuGroup,
  gpuMemoryGroup,
  memoryGroup,
  type SeriesGroup,
} from './attempt-series.ts';

/** One try at a task: what it used over time, against what it asked for, and how it ended. */
export function AttemptPage({
  attemptId,
  pulse,
}: {
  readonly attemptId: string;
  readonly pulse: number;
}): JSX.Element {
  const { filters, address } = useBrowsing();
  const { project } = filters;
  const attempt = useData(
    `attempt ${project} ${attemptId}`,
    (signal) => readAttempt(attemptId, project, signal),
    pulse,
  );
  const isRunning = attempt.kind === 'ready' && attempt.data.outcome === undefined;
  const usage = useData(
    `usage ${project} ${attemptId}`,
    (signal) => readUsage(attemptId, project, signal),
    isRunning ? pulse : 0,
  );
  return (
    <Load loaded={attempt}>
      {(data) => (
        <>
          <div>
            <p class="crumbs">
              <a href={address({ page: 'overview' })}>Overview</a> /{' '}
              <a href={address({ page: 'flow', flow: data.flow })}>{data.flow}</a> /{' '}
              <a href={address({ page: 'step', flow: data.flow, step: data.step })}>{data.step}</a>
            </p>
            <h1>
              Run {data.run}, task {data.task}
              {data.attempt > 0 && `, attempt ${data.attempt}`} <OutcomeChip attempt={data} />
            </h1>
            {data.outcomeEvidence !== undefined && <p class="quiet">{data.outcomeEvidence}</p>}
          </div>
          <AttemptFacts attempt={data} />
          <Load loaded={usage}>{(series) => <Plots attempt={data} usage={series} />}</Load>
        </>
      )}
    </Load>
  );
}

function Plots({
  attempt,
  usage,
}: {
  readonly attempt: Attempt;
  readonly usage: AttemptUsageSeries;
}): JSX.Element {
  const groups = useMemo(
    () => ({
      memory: memoryGroup(attempt, usage.series),
      cores: coresGroup(attempt, usage.series),
      gpu: gpuGroup(usage.series),
      gpuMemory: gpuMemoryGroup(attempt, usage.series),
      phases: phasesOf(attempt, usage.series),
    }),
    [attempt, usage],
  );
  if (usage.series.length === 0) {
    return (
      <Empty title="Its series are gone">
        <p class="quiet">
          They are dropped after the retention (<code>stepfit serve --retention-days</code>); the
          peaks above stay.
        </p>
      </Empty>
    );
  }
  const { phases } = groups;
  const shared = phases === undefined ? {} : { phases };
  return (
    <>
      {phases !== undefined && <AttemptCourse attempt={attempt} phases={phases} />}
      <PlotPanel
        title="Memory"
        group={groups.memory}
        format={formatMemory}
        steps={MEMORY_STEPS}
        {...shared}
      />
      <PlotPanel
        title="CPU"
        group={groups.cores}
        format={(cores) => `${formatCores(cores)} cores`}
        {...shared}
      />
      <PlotPanel title="GPU busy" group={groups.gpu} format={formatShare} {...shared} />
      <PlotPanel
        title="GPU memory"
        group={groups.gpuMemory}
        format={formatMemory}
        steps={MEMORY_STEPS}
        {...shared}
      />
    </>
  );
}

/** Ticks at powers of two, MiB. */
const MEMORY_STEPS = Array.from({ length: 24 }, (_, power) => 2 ** power);
/** A level this much above all usage would press the usage onto the axis. */
const FAR_ABOVE = 3;

function PlotPanel({
  title,
  group,
  format,
  steps,
  phases,
}: {
  readonly title: string;
  readonly group: SeriesGroup;
  readonly format: (value: number) => string;
  readonly steps?: readonly number[];
  readonly phases?: Phases;
}): JSX.Element | null {
  const [isToScale, setToScale] = useState(false);
  if (group.series.length === 0) return null;
  const used = highest(group, false);
  const level = highest(group, true);
  const isFar = used > 0 && level > FAR_ABOVE * used;
  return (
    <section class="panel" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {isFar && (
          <span class="quiet small">
            {format(level)} is {Math.round(level / used)} times the highest usage{' '}
            <button type="button" class="plain" onClick={() => setToScale(!isToScale)}>
              {isToScale ? 'Look at the usage' : 'Show it to scale'}
            </button>
          </span>
        )}
      </header>
      <SeriesPlot
        label={`${title} over time`}
        seconds={group.seconds}
        series={group.series}
        format={format}
        syncKey="attempt"
        {...(steps !== undefined && { steps })}
        {...(phases !== undefined && {
          end: phases.end,
          sampled: [phases.firstSample, phases.lastSample],
        })}
        {...(isFar && !isToScale && { top: used })}
      />
    </section>
  );
}

/** The highest of what was measured, or of the levels that it is held against. */
function highest({ series }: SeriesGroup, isLevel: boolean): number {
  const values = series
    .filter(({ isDashed = false }) => isDashed === isLevel)
    .flatMap((one) => one.values.filter((value) => value !== null));
  return values.reduce((most, value) => Math.max(most, value), 0);
}
