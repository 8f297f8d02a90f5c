import type { Prices } from '../model/prices.ts';

/** A kind of GPU that a price table knows. */
export interface KnownCard {
  readonly model: string;
  /** As sold. */
  readonly memoryMiB: number;
}

/**
 * `nvidia-smi` shows a card's memory without what the driver and error correction keep: 15360 MiB of a T4
 * sold with 16384, 23028 of an A10G sold with 24576. The largest share seen kept is 6.3 %.
 */
const READABLE_RATIO = { least: 0.92, most: 1.01 } as const;

/** Whether a card sold with `soldMiB` is one that shows `readMiB`. */
export function isCardOf(soldMiB: number, readMiB: number): boolean {
  return readMiB >= READABLE_RATIO.least * soldMiB && readMiB <= READABLE_RATIO.most * soldMiB;
}

/** Memory that programs surely find on a card sold with `soldMiB`, MiB. */
export function usableMemoryMiB(soldMiB: number): number {
  return READABLE_RATIO.least * soldMiB;
}

/** Every kind of GPU in the table whose memory is known, by memory and then by name. */
export function knownCards({ gpuCards = [], shapes = [] }: Prices): KnownCard[] {
  const cards = new Map<string, KnownCard>();
  for (const { model, memoryMiB } of gpuCards) cards.set(model, { model, memoryMiB });
  for (const { gpuCount = 0, gpuModel, gpuMemoryMiB } of shapes) {
    if (gpuCount === 0 || gpuModel === undefined || gpuMemoryMiB === undefined) continue;
    cards.set(gpuModel, { model: gpuModel, memoryMiB: gpuMemoryMiB });
  }
  return [...cards.values()].toSorted(
    (a, b) => a.memoryMiB - b.memoryMiB || a.model.localeCompare(b.model),
  );
}
