import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { amdUuid, type GpuReading, toAmount, toGpuReading } from './gpu-reading.ts';
import { listFolder, readSmallFile } from './small-file.ts';

export const ROCM_SMI_ARGUMENTS = [
  '--showuse',
  '--showmeminfo',
  'vram',
  '--showuniqueid',
  '--json',
] as const;
const AMD_VENDOR = '0x1002';
/** What integrated cards have for an id. */
const NO_UNIQUE_ID: readonly string[] = ['', 'N/A', '0', '0x0'];

/**
 * What `rocm-smi` prints for {@link ROCM_SMI_ARGUMENTS}; nothing where it is no such JSON. Warnings may come before
 * it, and an entry `system` between the cards.
 */
export function parseRocmSmi(text: string): readonly GpuReading[] {
  const answer = parseJson(text.slice(Math.max(0, text.indexOf('{'))));
  return Object.entries(isRecord(answer) ? answer : {})
    .flatMap(([name, card]) => (/^card\d+$/.test(name) && isRecord(card) ? [{ name, card }] : []))
    .toSorted((a, b) => byNumber(a.name, b.name))
    .map(({ name, card }, index) =>
      amdReading(index, name, {
        uniqueId: card['Unique ID'],
        percent: card['GPU use (%)'],
        usedBytes: card['VRAM Total Used Memory (B)'],
        totalBytes: card['VRAM Total Memory (B)'],
      }),
    );
}

/**
 * The files of the driver (amdgpu) in /sys, for the cards whose device nodes the container has: /sys shows all cards
 * of the machine.
 */
export class AmdFiles {
  readonly #cards: readonly { readonly name: string; readonly folder: string }[];

  /** `root` of the file system, another one for recorded files. */
  constructor(root = '/') {
    const base = join(root, 'sys/class/drm');
    this.#cards = listFolder(base)
      .filter((name) => /^card\d+$/.test(name))
      .toSorted(byNumber)
      .map((name) => ({ name, folder: join(base, name, 'device') }))
      .filter(({ folder }) => isAmdCard(folder, root));
  }

  get isEmpty(): boolean {
    return this.#cards.length === 0;
  }

  read(): readonly GpuReading[] {
    return this.#cards.map(({ name, folder }, index) =>
      amdReading(index, name, {
        uniqueId: readSmallFile(`${folder}/unique_id`),
        percent: readSmallFile(`${folder}/gpu_busy_percent`),
        usedBytes: readSmallFile(`${folder}/mem_info_vram_used`),
        totalBytes: readSmallFile(`${folder}/mem_info_vram_total`),
      }),
    );
  }
}

/** Texts of the driver's files or of rocm-smi, which are the same figures. */
function amdReading(
  index: number,
  name: string,
  told: Readonly<Record<'uniqueId' | 'percent' | 'usedBytes' | 'totalBytes', unknown>>,
): GpuReading {
  const uniqueId = typeof told.uniqueId === 'string' ? told.uniqueId.trim() : '';
  const hasId = !NO_UNIQUE_ID.includes(uniqueId);
  return toGpuReading(index, hasId ? amdUuid(uniqueId) : `AMD-${name}`, {
    percent: toAmount(told.percent),
    usedBytes: toAmount(told.usedBytes),
    totalBytes: toAmount(told.totalBytes),
  });
}

function isAmdCard(folder: string, root: string): boolean {
  if (readSmallFile(`${folder}/vendor`)?.trim() !== AMD_VENDOR) return false;
  return listFolder(`${folder}/drm`).some(
    (name) => name.startsWith('renderD') && existsSync(join(root, 'dev/dri', name)),
  );
}

/** The runtime counts cards as the driver does: card2 is before card10. */
function byNumber(a: string, b: string): number {
  return Number(a.slice('card'.length)) - Number(b.slice('card'.length));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
