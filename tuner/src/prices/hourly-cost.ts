import type { ResourceAmounts } from '../model/attempt-usage.ts';
import type { BilledUnit, Prices, Shape } from '../model/prices.ts';
import { billedSize } from './billed-size.ts';
import { isCardOf } from './gpu-cards.ts';

/** What a task asks for, with the card it gets where that is known. */
export interface BilledRequest extends ResourceAmounts {
  /** Memory of one GPU, MiB, as read from it or as sold. */
  readonly gpuMemoryMiB?: number;
}

const MIB_PER_GIB = 1024;

/** What is billed: by the table where it says so; sizes of a grid are billed by the task, machines are shared. */
export function billedUnit({ billedUnit: unit, grid }: Prices): BilledUnit {
  return unit ?? (grid === undefined ? 'node' : 'task');
}

/**
 * US dollars for one hour of a task that asks for these amounts; always finite.
 *
 * Without shapes: linear, after rounding up to the grid's cheapest valid size where there is a grid. With
 * shapes: of the shapes that hold the task, the least price of the whole (`task`) or of the share that the
 * task's scarcest resource takes of it (`node`). What no shape or size holds is priced as if a larger one were
 * sold at the same rate; see `docs/decisions/0008-money.md`.
 */
export function hourlyCostUsd(request: BilledRequest, prices: Prices): number {
  const { gpuCount = 0 } = request;
  const { shapes = [] } = prices;
  // Not filtered where no GPU is asked for, the common case: a step is priced a thousand times.
  const fitting = gpuCount === 0 ? shapes : withCard(shapes, request);
  return fitting.length > 0
    ? shapeCostUsd(request, fitting, billedUnit(prices))
    : linearCostUsd(request, prices);
}

function linearCostUsd(request: BilledRequest, prices: Prices): number {
  const asked = { cpuCores: request.cpuCores ?? 0, memoryMiB: request.memoryMiB ?? 0 };
  const { grid } = prices;
  const size = grid === undefined ? asked : (billedSize(asked, grid, prices) ?? asked);
  const billedMiB = size.memoryMiB + (grid?.overheadMiB ?? 0);
  return (
    size.cpuCores * prices.cpuCoreHourUsd +
    (billedMiB / MIB_PER_GIB) * prices.memoryGibHourUsd +
    (request.gpuCount ?? 0) * cardHourUsd(prices, request.gpuMemoryMiB)
  );
}

/** Where several cards have the memory that was read, the cheapest: savings are then not overstated. */
function cardHourUsd({ gpuCards = [], gpuHourUsd }: Prices, memoryMiB: number | undefined): number {
  if (memoryMiB === undefined) return gpuHourUsd;
  const costs = gpuCards
    .filter((card) => isCardOf(card.memoryMiB, memoryMiB))
    .map((card) => card.hourUsd);
  return costs.length === 0 ? gpuHourUsd : Math.min(...costs);
}

/** Shapes with GPUs of the task's kind; of any kind where it is not known, or where none has it. */
function withCard(shapes: readonly Shape[], { gpuMemoryMiB }: BilledRequest): readonly Shape[] {
  const withGpus = shapes.filter((shape) => (shape.gpuCount ?? 0) > 0);
  if (gpuMemoryMiB === undefined) return withGpus;
  const matching = withGpus.filter(
    (shape) => shape.gpuMemoryMiB !== undefined && isCardOf(shape.gpuMemoryMiB, gpuMemoryMiB),
  );
  return matching.length > 0 ? matching : withGpus;
}

/** `shapes` is not empty. What none of them holds goes by those that come nearest to holding it. */
function shapeCostUsd(request: BilledRequest, shapes: readonly Shape[], unit: BilledUnit): number {
  let enough = Number.POSITIVE_INFINITY;
  let leastUsd = Number.POSITIVE_INFINITY;
  for (const shape of shapes) {
    const share = scarcestShare(request, shape);
    const nearness = Math.max(1, share);
    if (nearness > enough) continue;
    const costUsd = shape.hourUsd * (unit === 'task' ? nearness : share);
    leastUsd = nearness < enough ? costUsd : Math.min(leastUsd, costUsd);
    enough = nearness;
  }
  return leastUsd;
}

/** The largest share of any of the shape's resources that the task takes; above 1 it does not fit. */
function scarcestShare(request: BilledRequest, shape: Shape): number {
  const { cpuCores = 0, memoryMiB = 0, gpuCount = 0 } = request;
  return Math.max(
    cpuCores / shape.cpuCores,
    memoryMiB / shape.memoryMiB,
    gpuCount === 0 ? 0 : gpuCount / (shape.gpuCount ?? 0),
  );
}
