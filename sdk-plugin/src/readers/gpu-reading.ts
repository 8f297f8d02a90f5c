/** One card at one moment; what it does not report is absent. */
export interface GpuReading {
  readonly index: number;
  /** `GPU-…` or `MIG-…` for NVIDIA's, `AMD-…` for AMD's. */
  readonly uuid: string;
  /** Share of time that it was busy, 0 to 1. */
  readonly utilization?: number;
  readonly memoryUsedBytes?: number;
  readonly memoryTotalBytes?: number;
}

/** What the tools print of a card, in the reading's units; NaN where they print something that is no amount. */
interface GpuAmounts {
  readonly percent: number;
  readonly usedBytes: number;
  readonly totalBytes: number;
}

export function toGpuReading(index: number, uuid: string, amounts: GpuAmounts): GpuReading {
  const { percent, usedBytes, totalBytes } = amounts;
  return {
    index,
    uuid,
    ...(!Number.isNaN(percent) && { utilization: Math.min(percent / 100, 1) }),
    ...(!Number.isNaN(usedBytes) && { memoryUsedBytes: Math.trunc(usedBytes) }),
    ...(!Number.isNaN(totalBytes) && { memoryTotalBytes: Math.trunc(totalBytes) }),
  };
}

/** A finite number of 0 or more; NaN for everything that the tools say instead, such as `[N/A]`. */
export function toAmount(text: unknown): number {
  const value = typeof text === 'string' && text.trim() !== '' ? Number(text) : Number.NaN;
  return value >= 0 && value < Number.POSITIVE_INFINITY ? value : Number.NaN;
}

/**
 * Whether a GPU is one that its runtime shows the attempt: the value of `CUDA_VISIBLE_DEVICES` or of AMD's
 * variables, as indices or ids. Unset means all. CUDA stops at the first entry that it does not know, and so do we.
 */
export function isGpuVisible(gpu: GpuReading, visibleDevices: string | undefined): boolean {
  if (visibleDevices === undefined) return true;
  for (const entry of visibleDevices.split(',').map((part) => part.trim())) {
    if (/^\d+$/.test(entry)) {
      if (Number(entry) === gpu.index) return true;
    } else if (/^(GPU|MIG)-/.test(entry)) {
      if (gpu.uuid.startsWith(entry) || gpu.uuid === amdUuid(entry.slice('GPU-'.length))) {
        return true;
      }
    } else {
      return false;
    }
  }
  return false;
}

/** AMD's unique id, 16 hexadecimal digits, which `ROCR_VISIBLE_DEVICES` calls `GPU-…` as NVIDIA does its own. */
export function amdUuid(uniqueId: string): string {
  return `AMD-${uniqueId.toLowerCase().replace(/^0x/, '')}`;
}
