import { attributesFor } from '@stepfit/tuner/backend/decorator-line';
import { backendRules } from '@stepfit/tuner/backend/effective-request';
import type { Resources, Suggestion } from '@stepfit/tuner/model/suggestion';

import type { ReportRow } from '../http/schemas/report.ts';

/** What the command line can do for a flow whose source stays as it is. */
export interface WithLine {
  readonly flow: string;
  /** `--with 'resources:cpu=2,memory=4096'` */
  readonly line: string;
  /** Steps that the values are larger than needed for. */
  readonly roomy: readonly string[];
}

/**
 * `--with` attaches one decorator with the same values to every step that does not have it in its source.
 * So the line asks for the largest of what the flow's steps need: suggested where there is a suggestion,
 * what is asked for today elsewhere.
 *
 * @param rows the report's rows of that flow.
 * @returns undefined where nothing is suggested for the flow.
 */
export function withLine(
  flow: string,
  rows: readonly ReportRow[],
  suggestions: readonly Suggestion[],
): WithLine | undefined {
  const own = suggestions.filter((one) => one.flow === flow);
  const [first] = own;
  if (first === undefined) return undefined;
  const wanted = new Map<string, Resources>(rows.map(({ step, current }) => [step, current]));
  for (const { step, suggested } of own) wanted.set(step, suggested);
  const largest = largestOf([...wanted.values()]);
  const rules = backendRules(first.backend);
  const values = Object.entries(attributesFor(largest, rules)).map(
    ([key, value]) => `${key}=${value}`,
  );
  const name = rules.computeDecorator ?? 'resources';
  const roomy = own.filter(({ suggested }) => !isSame(suggested, largest)).map(({ step }) => step);
  return { flow, line: `--with '${name}:${values.join(',')}'`, roomy };
}

function largestOf(amounts: readonly Resources[]): Resources {
  const largest: Resources = {};
  for (const key of ['cpuCores', 'memoryMiB', 'gpuCount'] as const) {
    const values = amounts.flatMap((one) => one[key] ?? []);
    if (values.length > 0) largest[key] = Math.max(...values);
  }
  return largest;
}

function isSame(a: Resources, b: Resources): boolean {
  return a.cpuCores === b.cpuCores && a.memoryMiB === b.memoryMiB;
}
