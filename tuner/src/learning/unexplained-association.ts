import { median, rankCorrelation } from './ranks.ts';

type Features = Readonly<Record<string, number | string | boolean>>;

/** What is known before of a group of attempts that count as one. */
export interface CellFeatures {
  /** Medians of the numbers that all of them have. */
  readonly numbers: ReadonlyMap<string, number>;
  /** The labels that all of them share. */
  readonly labels: ReadonlyMap<string, string>;
}

/** Usage and request of such a group, as logarithms. */
export interface UsedCell extends CellFeatures {
  readonly used: number;
  readonly requested: number;
}

/** A correlation this close to 1 is 1. */
const ROUNDING = 1e-9;
/** A label with fewer groups to each value names them, and would explain anything. */
const GROUPS_PER_LABEL = 3;

/**
 * The rank correlation of usage and request, or what the feature that explains most leaves of it: for a
 * number Spearman’s partial correlation, for a label the correlation of the distances from the medians of
 * those that share it. 0 where the feature determines either. `O(n log n)` a feature.
 */
export function leastAssociation(cells: readonly UsedCell[]): number {
  const plain = rankCorrelation(
    cells.map(({ used }) => used),
    cells.map(({ requested }) => requested),
  );
  const numbers = namesOf(cells.map(({ numbers: known }) => known));
  const labels = namesOf(cells.map(({ labels: known }) => known));
  return Math.min(
    plain,
    ...numbers.map((name) => besideNumber(cells, name, plain)),
    ...labels.map((name) => besideLabel(cells, name, plain)),
  );
}

/** Features that are known of every group. */
function namesOf(known: readonly ReadonlyMap<string, unknown>[]): string[] {
  return [...(known[0]?.keys() ?? [])].filter((name) => known.every((one) => one.has(name)));
}

function besideNumber(cells: readonly UsedCell[], name: string, plain: number): number {
  const values = cells.map(({ numbers }) => numbers.get(name) ?? 0);
  const withUsed = rankCorrelation(
    cells.map(({ used }) => used),
    values,
  );
  const withRequested = rankCorrelation(
    cells.map(({ requested }) => requested),
    values,
  );
  const left = (1 - withUsed ** 2) * (1 - withRequested ** 2);
  return left > ROUNDING ? (plain - withUsed * withRequested) / Math.sqrt(left) : 0;
}

function besideLabel(cells: readonly UsedCell[], name: string, plain: number): number {
  const kinds = Map.groupBy(cells, ({ labels }) => labels.get(name));
  if (kinds.size * GROUPS_PER_LABEL > cells.length) return plain;
  const distances = [...kinds.values()].flatMap((kind) => {
    const used = median(kind.map((cell) => cell.used));
    const requested = median(kind.map((cell) => cell.requested));
    return kind.map((cell) => [cell.used - used, cell.requested - requested] as const);
  });
  return rankCorrelation(
    distances.map(([used]) => used),
    distances.map(([, requested]) => requested),
  );
}

/** Medians of the numeric features that all attempts of a group have. */
export function numericFeatures(
  group: readonly { readonly features: Features }[],
): Map<string, number> {
  const medians = new Map<string, number>();
  for (const name of Object.keys(group[0]?.features ?? {})) {
    const values = group.map(({ features }) => features[name]);
    if (values.every((value) => typeof value === 'number')) medians.set(name, median(values));
  }
  return medians;
}

/** Labels that all attempts of a group share. */
export function labelFeatures(
  group: readonly { readonly features: Features }[],
): Map<string, string> {
  const shared = Object.entries(group[0]?.features ?? {}).filter(
    ([name, value]) =>
      typeof value !== 'number' && group.every(({ features }) => features[name] === value),
  );
  return new Map(shared.map(([name, value]) => [name, String(value)]));
}
