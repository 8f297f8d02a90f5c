import type { Figure } from '@stepfit/tuner/compare-usage/compare-usage';

import type { Comparison } from '../http/schemas/comparison.ts';
import type { ReportRow } from '../http/schemas/report.ts';
import { describeGrowth, describeWaste } from './ci-words.ts';
import type { FailOn } from './fail-on.ts';
import type { CheckedOutFlow, Place } from './find-flows.ts';

/** Which runs are compared, in words. */
export interface Sides {
  readonly head: string;
  readonly base: string;
}

/** Something a reviewer should see, at the step it is about. */
export interface Finding {
  readonly kind: 'regression' | 'waste';
  readonly flow: string;
  readonly step: string;
  /** What grew; absent for waste. */
  readonly figure?: Figure;
  /** Share that it grew by, or of the step's money that is wasted. */
  readonly ratio: number;
  readonly message: string;
  /** What would help, where something is suggested. */
  readonly decoratorLine?: string;
  readonly place: Place;
  /** Whether it fails the build. */
  readonly isFailure: boolean;
}

/** One flow of the checkout with what is known of it. */
export interface CheckedFlow {
  readonly flow: string;
  readonly place: Place;
  /** Absent where there was nothing to compare. */
  readonly comparison?: Comparison;
  readonly rows: readonly ReportRow[];
}

export interface CiReport {
  readonly sides?: Sides;
  readonly days: number;
  readonly flows: readonly CheckedFlow[];
  readonly findings: readonly Finding[];
  readonly isFailure: boolean;
}

/** Below this share of its money wasted, a step is not worth a word in a review. */
const NOTABLE_WASTE_RATIO = 0.5;

export interface CiInput {
  readonly flows: readonly CheckedOutFlow[];
  readonly sides?: Sides;
  readonly days: number;
  readonly comparisons: ReadonlyMap<string, Comparison>;
  readonly rows: readonly ReportRow[];
  readonly failOn: FailOn;
}

/** What was found in the flows of a checkout: regressions first, each where its step is written. */
export function ciReport(input: CiInput): CiReport {
  const { sides, days } = input;
  const flows = input.flows.flatMap(({ flow, path, line, isInherited }): CheckedFlow[] => {
    const comparison = input.comparisons.get(flow);
    const rows = input.rows.filter((row) => row.flow === flow);
    const isKnown = rows.length > 0 || (comparison?.steps ?? []).length > 0;
    if (isInherited && !isKnown) return [];
    return [{ flow, place: { path, line }, ...(comparison !== undefined && { comparison }), rows }];
  });
  const findings = [
    ...input.flows.flatMap((flow) => regressionsOf(flow, input)),
    ...input.flows.flatMap((flow) => wasteOf(flow, input)),
  ];
  return {
    ...(sides !== undefined && { sides }),
    days,
    flows,
    findings,
    isFailure: findings.some(({ isFailure }) => isFailure),
  };
}

function regressionsOf(source: CheckedOutFlow, { comparisons, failOn }: CiInput): Finding[] {
  const comparison = comparisons.get(source.flow);
  return (comparison?.steps ?? []).flatMap(({ step, figures }) =>
    figures
      .filter(({ verdict }) => verdict === 'grew')
      .map((compared): Finding => {
        const ratio = (compared.headMedian ?? 0) / (compared.baseMedian ?? 1) - 1;
        return {
          kind: 'regression',
          flow: source.flow,
          step,
          figure: compared.figure,
          ratio,
          message: describeGrowth(source.flow, step, compared),
          place: placeOf(source, step),
          isFailure: failOn.regressionRatio !== undefined && ratio > failOn.regressionRatio,
        };
      }),
  );
}

function wasteOf(source: CheckedOutFlow, { rows, failOn, days }: CiInput): Finding[] {
  const limit = failOn.wasteRatio ?? NOTABLE_WASTE_RATIO;
  return rows.flatMap((row): Finding[] => {
    if (row.flow !== source.flow || !(row.requestedCostUsd > 0)) return [];
    const ratio = row.wastedCostUsd / row.requestedCostUsd;
    if (ratio <= limit) return [];
    return [
      {
        kind: 'waste',
        flow: row.flow,
        step: row.step,
        ratio,
        message: describeWaste(row, days),
        ...(row.suggestion?.isByFeatures === false && {
          decoratorLine: row.suggestion.decoratorLine,
        }),
        place: placeOf(source, row.step),
        isFailure: failOn.wasteRatio !== undefined,
      },
    ];
  });
}

/** The step, or the flow where the step is written elsewhere by now. */
function placeOf({ path, line, steps }: CheckedOutFlow, step: string): Place {
  return steps.get(step) ?? { path, line };
}
