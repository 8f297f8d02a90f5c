import type { Shape } from '../../model/prices.ts';
import type { PriceTable } from '../parse-price-table.ts';

/** What an importer made of somebody else's file. */
export interface ImportedPrices {
  readonly table: PriceTable;
  /** What it could not use, each row by name with the reason. */
  readonly refused: readonly string[];
}

export const ARCHITECTURES = ['x86_64', 'arm64'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** Which machines to take. */
export interface ImportChoice {
  /** Needed where the file has more than one. */
  readonly region?: string;
  readonly architecture: Architecture;
  /** Names of machines with `*` for anything, such as `m6i.*`; all where absent. */
  readonly only?: readonly string[];
}

/** Whether a machine's name is among those chosen. */
export function isChosen(name: string, { only }: ImportChoice): boolean {
  return only === undefined || only.some((pattern) => matches(name, pattern));
}

function matches(name: string, pattern: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  for (const part of rest) {
    const at = name.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= name.length - last.length;
}

/** One machine for each name, the cheapest, in order of names: zones of a region may differ in price. */
export function cheapestByName(shapes: readonly Shape[]): Shape[] {
  const cheapest = new Map<string, Shape>();
  for (const shape of shapes) {
    const known = cheapest.get(shape.name);
    if (known === undefined || shape.hourUsd < known.hourUsd) cheapest.set(shape.name, shape);
  }
  return [...cheapest.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
