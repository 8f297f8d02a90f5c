import type { Suggestion } from '@stepfit/tuner/model/suggestion';
import type { JSX } from 'preact';

import { formatCount } from '../../../src/format/quantities.ts';
import { describeResources } from '../../../src/format/words.ts';
import type { StepReplay } from '../../../src/http/schemas/replay.ts';
import type { StepExplanation } from '../../../src/http/schemas/steps.ts';
import { readStep, readStepReplay } from '../api/rest.ts';
import { useData } from '../api/use-data.ts';
import { useBrowsing } from '../browsing.ts';
import { AttemptTable } from '../parts/attempt-table.tsx';
import { PriceNote } from '../parts/price-note.tsx';
import { Empty, Load, Loading } from '../parts/states.tsx';
import { SuggestionCard } from '../parts/suggestion-card.tsx';
import { WhatIfPanel } from '../what-if/what-if-panel.tsx';
import { CoresPanel } from './step-cores.tsx';
import { EvidencePanel } from './step-evidence.tsx';
import { FeaturesPanel } from './step-features.tsx';
import { GpuPanel } from './step-gpu.tsx';
import { HistoryPanel } from './step-history.tsx';

export interface StepName {
  readonly flow: string;
  readonly step: string;
}

/** One step: what to change, what any other request would have meant, and what all of it rests on. */
export function StepPage({
  name,
  pulse,
}: {
  readonly name: StepName;
  readonly pulse: number;
}): JSX.Element {
  const { flow, step } = name;
  const { filters, address } = useBrowsing();
  const { project } = filters;
  const key = `${project} ${flow}/${step}`;
  const explanation = useData(`step ${key}`, (signal) => readStep(name, project, signal), pulse);
  // What one drags a slider over stays as it is until the tuner has something new to say.
  const version = explanation.kind === 'ready' ? explanation.data.tunedAt : undefined;
  const replay = useData(`replay ${key} ${version}`, (signal) =>
    readStepReplay(name, project, signal),
  );
  return (
    <>
      <div>
        <p class="crumbs">
          <a href={address({ page: 'overview' })}>Overview</a> /{' '}
          <a href={address({ page: 'flow', flow })}>{flow}</a>
        </p>
        <h1>{step}</h1>
        {explanation.kind === 'ready' && (
          <p class="quiet">
            asks for {describeResources(explanation.data.current)} ·{' '}
            {formatCount(explanation.data.settledAttempts, 'attempt')} seen
          </p>
        )}
      </div>
      <Load loaded={explanation} lines={10}>
        {(data, reload) => (
          <StepBody
            explanation={data}
            replay={replay.kind === 'ready' ? replay.data : undefined}
            onDecided={reload}
            history={<HistoryPanel name={name} pulse={pulse} />}
          />
        )}
      </Load>
    </>
  );
}

function StepBody({
  explanation,
  replay,
  onDecided,
  history,
}: {
  readonly explanation: StepExplanation;
  readonly replay: StepReplay | undefined;
  readonly onDecided: () => void;
  readonly history: JSX.Element;
}): JSX.Element {
  const { suggestion, skip, recentAttempts } = explanation;
  const suggestedCores = suggestion?.suggestedEffective.cpuCores;
  // The newest attempt that has one: what the backend enforces now.
  const limitMiB = recentAttempts.find(
    (attempt) => attempt.limitMemoryMiB !== undefined,
  )?.limitMemoryMiB;
  return (
    <>
      {suggestion === undefined ? (
        <NoSuggestion skip={skip} />
      ) : (
        <SuggestionCard
          suggestion={suggestion}
          declaredLines={replay?.declaredLines ?? []}
          onDecided={onDecided}
        />
      )}
      <WhatIf
        replay={replay}
        {...(suggestedCores !== undefined && { suggestedCores })}
        {...(limitMiB !== undefined && { limitMiB })}
      />
      {replay !== undefined && (
        <FeaturesPanel
          replay={replay}
          {...(suggestion?.evidence.memoryMethod && { method: suggestion.evidence })}
        />
      )}
      {suggestion !== undefined && <Basis suggestion={suggestion} />}
      {history}
      <AttemptTable attempts={recentAttempts} caption="Newest attempts" />
      <footer class="foot">
        <PriceNote prices={explanation.prices} />
      </footer>
    </>
  );
}

/** What a suggestion rests on. */
function Basis({ suggestion }: { readonly suggestion: Suggestion }): JSX.Element {
  const { evidence } = suggestion;
  return (
    <>
      <div class="columns">
        <CoresPanel curve={evidence.cpuReplay} />
        <GpuPanel gpu={evidence.gpu} />
      </div>
      <EvidencePanel suggestion={suggestion} />
    </>
  );
}

function NoSuggestion({ skip }: { readonly skip: StepExplanation['skip'] }): JSX.Element {
  return (
    <section class="panel prose" aria-label="Verdict">
      <p>
        <span class="chip">{skip?.code.replaceAll('-', ' ') ?? 'pending'}</span>
      </p>
      <p>
        {skip?.detail ?? 'No verdict yet: the tuner looks at a step soon after an attempt ends.'}
      </p>
    </section>
  );
}

function WhatIf({
  replay,
  ...marks
}: {
  readonly replay: StepReplay | undefined;
  readonly suggestedCores?: number;
  readonly limitMiB?: number;
}): JSX.Element {
  if (replay === undefined) return <Loading />;
  if (replay.attempts.needMiB.length === 0) {
    return (
      <Empty title="No attempt with a measured peak has ended yet">
        <p class="quiet">Any other request can be tried on paper as soon as one has.</p>
      </Empty>
    );
  }
  // Another plan is another question: the sliders start from it.
  const key = JSON.stringify([replay.suggestedPlan, replay.current, marks.suggestedCores]);
  return <WhatIfPanel key={key} replay={replay} {...marks} />;
}
