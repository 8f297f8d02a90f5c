import { StepfitError } from '@stepfit/sdk-plugin/errors/stepfit-error';

import type { Shape } from '../../model/prices.ts';
import { parseDelimited } from '../../traces/delimited.ts';
import {
  cheapestByName,
  type ImportChoice,
  type ImportedPrices,
  isChosen,
} from './imported-prices.ts';

export interface SkypilotChoice extends ImportChoice {
  /** True: spot prices instead of prices on demand. */
  readonly isSpot: boolean;
}

const MIB_PER_GIB = 1024;
const NEEDED = ['InstanceType', 'vCPUs', 'MemoryGiB'] as const;
const ARCHITECTURES: Readonly<Record<string, string>> = { i386: 'x86_64', amd64: 'x86_64' };

/** Cells by column. */
type Cells = Readonly<Record<string, string>>;

interface Row {
  /** File and line, for a complaint. */
  readonly place: string;
  readonly cells: Cells;
}

/**
 * A price table from `vms.csv` files as SkyPilot's catalogs have them: one row for each machine and zone, of
 * which the cheapest zone counts, as SkyPilot itself reckons. Columns that are not known are passed over.
 *
 * @throws {StepfitError} `invalid-input` when a column is missing, no row is usable, or rows of several
 *   regions are there and the choice names none.
 */
export function importSkypilot(
  files: readonly { readonly name: string; readonly text: string }[],
  choice: SkypilotChoice,
): ImportedPrices {
  const priceColumn = choice.isSpot ? 'SpotPrice' : 'Price';
  const chosen = files.flatMap(readRows).filter(({ cells }) => isChosenRow(cells, choice));
  const region = onlyRegion(chosen, choice.region);
  const { shapes, refused } = toShapes(chosen, priceColumn);
  if (shapes.length === 0) throw noRows(`no usable row (${refused.slice(0, 3).join('; ')})`);
  const kind = choice.isSpot ? 'spot' : 'on demand';
  return {
    table: {
      name: `${kind}${region === '' ? '' : `, ${region}`}`,
      source: `SkyPilot catalog, column ${priceColumn}, ${choice.architecture}`,
      currency: 'USD',
      isExample: false,
      billedUnit: 'node',
      shapes: cheapestByName(shapes),
    },
    refused,
  };
}

function toShapes(
  rows: readonly Row[],
  priceColumn: string,
): { readonly shapes: readonly Shape[]; readonly refused: readonly string[] } {
  const shapes: Shape[] = [];
  const refusals = new Map<string, string>();
  for (const { place, cells } of rows) {
    const shape = toShape(cells, priceColumn);
    if (typeof shape === 'string') refusals.set(nameOf(cells), `${place}: ${shape}`);
    else shapes.push(shape);
  }
  // A machine that one zone does not sell is sold by another.
  for (const { name } of shapes) refusals.delete(name);
  return { shapes, refused: [...refusals].map(([name, reason]) => `${name}, ${reason}`) };
}

function readRows({ name, text }: { readonly name: string; readonly text: string }): Row[] {
  const { columns, rows } = parseDelimited(text);
  const missing = NEEDED.filter((column) => !columns.includes(column));
  if (missing.length > 0) throw noRows(`no column ${missing.join(', ')} in ${name}`);
  return rows.map(({ line, cells }) => ({
    place: `${name} line ${line}`,
    cells: Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])),
  }));
}

function isChosenRow(cells: Cells, choice: ImportChoice): boolean {
  const arch = cells['Arch'] ?? '';
  const architecture = ARCHITECTURES[arch] ?? arch;
  return (
    (architecture === '' || architecture === choice.architecture) &&
    (choice.region === undefined || cells['Region'] === choice.region) &&
    isChosen(cells['InstanceType'] ?? '', choice)
  );
}

function nameOf(cells: Cells): string {
  return cells['InstanceType'] || (cells['AcceleratorName'] ?? '');
}

/** Families of Google Cloud whose GPUs have rows of their own, without which the machine is not sold. */
const PRICED_APART = /^(?:a[2-9]|g2|g4)-/;

/** A machine, or why the row is none. */
function toShape(cells: Cells, priceColumn: string): Shape | string {
  const name = cells['InstanceType'] ?? '';
  const gpuCount = Number(cells['AcceleratorCount'] ?? 0);
  if (name === '') return 'an accelerator without a machine';
  if (gpuCount === 0 && PRICED_APART.test(name)) return 'its GPUs are priced in other rows';
  const unusable = ['vCPUs', 'MemoryGiB', priceColumn].find((column) => !isAmount(cells[column]));
  if (unusable !== undefined) return `${unusable} is “${cells[unusable] ?? ''}”`;
  if (!Number.isInteger(gpuCount)) {
    return `AcceleratorCount is “${cells['AcceleratorCount']}”, no whole number`;
  }
  return {
    name,
    cpuCores: Number(cells['vCPUs']),
    memoryMiB: Number(cells['MemoryGiB']) * MIB_PER_GIB,
    ...(gpuCount > 0 ? { gpuCount, ...cardOf(cells) } : {}),
    hourUsd: Number(cells[priceColumn]),
  };
}

function isAmount(text = ''): boolean {
  const amount = Number(text);
  return Number.isFinite(amount) && amount > 0;
}

/** `GpuInfo` is a Python dictionary as text; of it only the memory of one GPU is needed. */
function cardOf(cells: Cells): Pick<Shape, 'gpuModel' | 'gpuMemoryMiB'> {
  const memoryMiB = Number(/'SizeInMiB': *([\d.]+)/.exec(cells['GpuInfo'] ?? '')?.[1] ?? 0);
  return {
    ...(cells['AcceleratorName'] ? { gpuModel: cells['AcceleratorName'] } : {}),
    ...(memoryMiB > 0 ? { gpuMemoryMiB: memoryMiB } : {}),
  };
}

const REGIONS_SHOWN = 8;

function onlyRegion(rows: readonly Row[], wanted: string | undefined): string {
  const regions = [...new Set(rows.map(({ cells }) => cells['Region'] ?? ''))].toSorted();
  const [region] = regions;
  if (region === undefined) {
    throw noRows(wanted === undefined ? 'no row that was asked for' : `no row of region ${wanted}`);
  }
  if (regions.length > 1) {
    const more = regions.length > REGIONS_SHOWN ? ', …' : '';
    throw noRows(
      `rows of ${regions.length} regions: ${regions.slice(0, REGIONS_SHOWN).join(', ')}${more}`,
      'Name one with --region.',
    );
  }
  return region;
}

function noRows(what: string, hint = 'docs/prices.md says which columns are read.'): StepfitError {
  return new StepfitError('invalid-input', `The catalog has ${what}.`, { hint });
}
