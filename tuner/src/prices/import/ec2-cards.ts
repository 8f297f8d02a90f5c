/** Kind of GPU and memory of one, MiB as sold. */
export interface Ec2Card {
  readonly gpuModel: string;
  readonly gpuMemoryMiB: number;
}

const GIB = 1024;

/**
 * GPUs by EC2 family, since offer files only count them. From Amazon's pages on accelerated instance types.
 * Families that share a card between machines (g6f) are left out: they have no whole GPU.
 */
const CARDS: Readonly<Record<string, Ec2Card>> = {
  p2: { gpuModel: 'NVIDIA K80', gpuMemoryMiB: 12 * GIB },
  p3: { gpuModel: 'NVIDIA V100', gpuMemoryMiB: 16 * GIB },
  p3dn: { gpuModel: 'NVIDIA V100 32 GB', gpuMemoryMiB: 32 * GIB },
  p4d: { gpuModel: 'NVIDIA A100', gpuMemoryMiB: 40 * GIB },
  p4de: { gpuModel: 'NVIDIA A100 80 GB', gpuMemoryMiB: 80 * GIB },
  p5: { gpuModel: 'NVIDIA H100', gpuMemoryMiB: 80 * GIB },
  p5e: { gpuModel: 'NVIDIA H200', gpuMemoryMiB: 141 * GIB },
  p5en: { gpuModel: 'NVIDIA H200', gpuMemoryMiB: 141 * GIB },
  g3: { gpuModel: 'NVIDIA M60', gpuMemoryMiB: 8 * GIB },
  g3s: { gpuModel: 'NVIDIA M60', gpuMemoryMiB: 8 * GIB },
  g4dn: { gpuModel: 'NVIDIA T4', gpuMemoryMiB: 16 * GIB },
  g5: { gpuModel: 'NVIDIA A10G', gpuMemoryMiB: 24 * GIB },
  g5g: { gpuModel: 'NVIDIA T4g', gpuMemoryMiB: 16 * GIB },
  g6: { gpuModel: 'NVIDIA L4', gpuMemoryMiB: 24 * GIB },
  gr6: { gpuModel: 'NVIDIA L4', gpuMemoryMiB: 24 * GIB },
  g6e: { gpuModel: 'NVIDIA L40S', gpuMemoryMiB: 48 * GIB },
};

/** The card of an instance type such as `g5.xlarge`; undefined where its family is not known. */
export function ec2Card(instanceType: string): Ec2Card | undefined {
  const [family = ''] = instanceType.split('.');
  return Object.hasOwn(CARDS, family) ? CARDS[family] : undefined;
}
