interface GraphStep {
  readonly step: string;
  readonly parents?: readonly string[];
}

/**
 * Steps so that each comes after all that it follows; of those that could come next, the one with the first
 * name. Parents that are no steps of the flow do not count. Steps that wait for each other, which no flow
 * has but anybody may send, come last by name.
 */
export function byGraph<Step extends GraphStep>(steps: readonly Step[]): Step[] {
  const waiting = new Map(steps.map((step) => [step.step, step]));
  const ordered: Step[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting.values()]
      .filter(({ step, parents = [] }) =>
        parents.every((parent) => parent === step || !waiting.has(parent)),
      )
      .toSorted(byName);
    const next = ready.length > 0 ? ready : [...waiting.values()].toSorted(byName);
    for (const step of next) {
      waiting.delete(step.step);
      ordered.push(step);
    }
  }
  return ordered;
}

function byName(a: GraphStep, b: GraphStep): number {
  return a.step < b.step ? -1 : 1;
}
