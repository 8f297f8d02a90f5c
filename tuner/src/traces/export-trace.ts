import type { Trace, TraceTask } from '../compare/sizer.ts';
import { observeMemory } from '../sizing/memory-observation.ts';
import { currentSetup } from '../suggestion/step-setup.ts';
import type { ExportedStep } from './step-export.ts';

/** Exported steps as tasks of their flows; `unfinished` did not run to their end and cannot be replayed. */
export function exportTraces(steps: readonly ExportedStep[]): {
  readonly traces: readonly Trace[];
  readonly unfinished: number;
} {
  let unfinished = 0;
  const flows = Map.groupBy(steps, ({ project, input }) => JSON.stringify([project, input.flow]));
  const traces = [...flows.values()].map((members): Trace => {
    const tasks: TraceTask[] = [];
    for (const { step, history } of members.map(({ input }) => input)) {
      const declaredMiB = currentSetup(history)?.effective.memoryMiB;
      for (const observation of observeMemory(history)) {
        const { knowledge, needMiB, startedAtMs, endedAtMs, durationHours } = observation;
        if (knowledge !== 'exact' || needMiB <= 0) {
          unfinished += 1;
          continue;
        }
        const launch = {
          step,
          index: tasks.length,
          submittedAtMs: startedAtMs,
          declaredMiB: observation.requestMiB ?? declaredMiB ?? needMiB,
          features: observation.features,
        };
        tasks.push({ launch, completedAtMs: endedAtMs, needMiB, hours: durationHours });
      }
    }
    return { name: members[0]?.input.flow ?? '', tasks };
  });
  return { traces, unfinished };
}
