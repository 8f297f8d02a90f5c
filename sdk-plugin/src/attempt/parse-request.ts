import { StepfitError } from '../errors/stepfit-error.ts';

const MIB = 1024 * 1024;
/** Suffixes of Kubernetes' quantities; `GiB` and `GB` are what people write. */
const FACTORS: Readonly<Record<string, number>> = {
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

/**
 * An amount of memory as people write it: `8GiB`, `8Gi`, `8GB`, `8G`, `512M`; a plain number is MiB.
 *
 * Returns MiB. @throws {StepfitError} `invalid-input` for anything else.
 */
export function parseMemoryMiB(text: string): number {
  const [, number, suffix = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?$/i.exec(text.trim()) ?? [];
  const value = Number(number);
  if (number === undefined || !(value > 0)) {
    throw new StepfitError('invalid-input', `${JSON.stringify(text)} is no amount of memory.`, {
      hint: 'Write 8GiB, 512MiB, 8GB, or a plain number of MiB.',
    });
  }
  const factor = suffix === '' ? MIB : (FACTORS[suffix.toLowerCase()] ?? MIB);
  return (value * factor) / MIB;
}

/**
 * A number of cores: `4`, `0.5`, or Kubernetes' `500m`. @throws {StepfitError} `invalid-input`.
 */
export function parseCpuCores(text: string): number {
  const [, number, milli] = /^(\d+(?:\.\d+)?)(m?)$/.exec(text.trim()) ?? [];
  const cores = Number(number) / (milli === 'm' ? 1000 : 1);
  if (number === undefined || !(cores > 0)) {
    throw new StepfitError('invalid-input', `${JSON.stringify(text)} is no number of cores.`, {
      hint: 'Write 4, 0.5 or 500m.',
    });
  }
  return cores;
}

/** A number of GPUs. @throws {StepfitError} `invalid-input`. */
export function parseGpuCount(text: string): number {
  if (!/^\d{1,4}$/.test(text.trim())) {
    throw new StepfitError('invalid-input', `${JSON.stringify(text)} is no number of GPUs.`, {
      hint: 'Write a whole number, such as 1.',
    });
  }
  return Number(text);
}
