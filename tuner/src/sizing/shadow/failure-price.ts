import type { Spending } from '../../model/project-facts.ts';
import type { ShadowOptions } from './options.ts';

/** How the step's first attempts have fared under its own sizes. */
export interface TrackRecord {
  readonly attempts: number;
  readonly failures: number;
}

/**
 * What a failure of the step costs people, in the unit of the needs for the time of a mean attempt:
 * the geometric mean of `retryCost` mean attempts of the step and one mean attempt of the project. A
 * retry of a small step costs people about as much as one of a large step, so a price in proportion to
 * the step's own size alone buys failures where they save next to nothing.
 *
 * With a risk budget, a step that has failed more often than the budget pays in proportion: `1 / riskRatio`
 * attempts are granted before the share is believed.
 */
export function priceFailure(
  options: Pick<ShadowOptions, 'retryCost' | 'price' | 'riskRatio'>,
  step: Spending,
  project: Spending | undefined,
  record: TrackRecord,
): number {
  if (step.attempts === 0) return 0;
  const own = step.needHours / step.hours;
  const attemptHours = step.hours / step.attempts;
  const shared =
    project === undefined || project.attempts === 0
      ? own
      : project.needHours / project.attempts / attemptHours;
  const price =
    options.price === 'own' ? options.retryCost * own : Math.sqrt(options.retryCost * own * shared);
  return price * overspending(options.riskRatio, record);
}

function overspending(riskRatio: number | undefined, record: TrackRecord): number {
  if (riskRatio === undefined) return 1;
  const share = record.failures / Math.max(record.attempts, 1 / riskRatio);
  return Math.max(1, share / riskRatio);
}
