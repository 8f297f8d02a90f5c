import type { ComparisonReport } from './replay-report.ts';

/** The names under which the product's own method and what people asked for take part. */
export const OWN = 'shadow';
const DECLARED = 'declared';

export interface FreedByStep {
  readonly name: string;
  readonly tasks: number;
  readonly declaredGibHours: number;
  readonly ownGibHours: number;
  readonly failures: number;
}

/** Each step's waste as people sized it and by the product's method, most freed first. */
export function freedBySteps({ strategies }: ComparisonReport): FreedByStep[] {
  const declared = strategies.find(({ name }) => name === DECLARED)?.steps ?? [];
  const own = strategies.find(({ name }) => name === OWN)?.steps ?? [];
  const ownByStep = new Map(own.map((row) => [JSON.stringify([row.trace, row.step]), row]));
  const hasOneTrace = new Set(declared.map(({ trace }) => trace)).size < 2;
  return declared
    .flatMap((row) => {
      const found = ownByStep.get(JSON.stringify([row.trace, row.step]));
      if (found === undefined) return [];
      return [
        {
          name: hasOneTrace ? row.step : `${row.trace}/${row.step}`,
          tasks: row.tasks,
          declaredGibHours: row.wastedGibHours,
          ownGibHours: found.wastedGibHours,
          failures: found.failures,
        },
      ];
    })
    .toSorted((a, b) => b.declaredGibHours - b.ownGibHours - (a.declaredGibHours - a.ownGibHours));
}
