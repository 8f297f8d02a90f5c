const MIB_PER_GIB = 1024;

/** Memory for people: `345 MiB`, `1.75 GiB`, `15.6 GiB`. */
export function memoryWords(memoryMiB: number): string {
  if (memoryMiB < MIB_PER_GIB) return `${trimNumber(memoryMiB, memoryMiB < 10 ? 1 : 0)} MiB`;
  const gib = memoryMiB / MIB_PER_GIB;
  return `${trimNumber(gib, Math.max(0, 2 - Math.floor(Math.log10(gib))))} GiB`;
}

/** Cores for people: `1 core`, `1.5 cores`. */
export function coresWords(cpuCores: number): string {
  const amount = trimNumber(cpuCores, 2);
  return `${amount} ${amount === '1' ? 'core' : 'cores'}`;
}

/** A share of one as per cent: `5 %`, `0.4 %`, `<0.1 %`. */
export function shareWords(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.1) return '<0.1 %';
  return `${trimNumber(percent, Math.abs(percent) < 10 ? 1 : 0)} %`;
}

/** Money: `$1.23`; small amounts keep two significant digits, `$0.00041`. */
export function moneyWords(costUsd: number): string {
  const size = Math.abs(costUsd);
  const sign = costUsd < 0 ? '−' : '';
  if (size >= 0.1 || size === 0) return `${sign}$${size.toFixed(2)}`;
  if (size < 0.000_01) return `${sign}<$0.00001`;
  return `${sign}$${trimNumber(size, 1 - Math.floor(Math.log10(size)))}`;
}

/** `1 attempt`, `12 attempts`. */
export function countWords(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** A plain number, to so many digits. */
export function numberWords(value: number, digits = 3): string {
  return String(Number(value.toPrecision(digits)));
}

/** MiB for one unit of something, which may be far from any memory size: `2.3e-7 MiB` for a byte. */
export function memoryPerUnitWords(mibPerUnit: number): string {
  return mibPerUnit >= 0.1 || mibPerUnit === 0
    ? memoryWords(mibPerUnit)
    : `${numberWords(mibPerUnit)} MiB`;
}

/** At most `digits` decimals, trailing zeros removed. */
function trimNumber(value: number, digits: number): string {
  const text = value.toFixed(digits);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}
