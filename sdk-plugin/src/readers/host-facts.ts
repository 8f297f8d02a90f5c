/** What a machine is, beyond its size: for those who compare attempts across machines. */
export interface HostFacts {
  readonly cpuModel?: string;
  /** `4 × NVIDIA A100-SXM4-80GB`, one entry for each kind of card. */
  readonly gpuModels?: readonly string[];
}

interface CpuInfo {
  readonly manufacturer: string;
  readonly brand: string;
}

interface GraphicsInfo {
  readonly controllers: readonly { readonly vendor: string; readonly model: string }[];
}

/** Display adapters of virtual machines and of mainboards compute nothing. */
const COMPUTES = /nvidia|\bamd\b|advanced micro|apple/i;

/** Reads systeminformation's answers. */
export function toHostFacts(cpu: CpuInfo, { controllers }: GraphicsInfo): HostFacts {
  const cpuModel = `${cpu.manufacturer} ${cpu.brand}`.trim();
  const cards = new Map<string, number>();
  for (const { vendor, model } of controllers) {
    if (!COMPUTES.test(`${vendor} ${model}`)) continue;
    const name = model || vendor;
    cards.set(name, (cards.get(name) ?? 0) + 1);
  }
  const gpuModels = [...cards].map(([name, count]) => (count === 1 ? name : `${count} × ${name}`));
  return {
    ...(cpuModel !== '' && { cpuModel }),
    ...(gpuModels.length > 0 && { gpuModels }),
  };
}

/** Asks the machine, some tenths of a second of a core: once an attempt, and not for short ones. */
export async function readHostFacts(): Promise<HostFacts> {
  const { default: systeminformation } = await import('systeminformation');
  const [cpu, graphics] = await Promise.all([
    systeminformation.cpu(),
    systeminformation.graphics(),
  ]);
  return toHostFacts(cpu, graphics);
}
