/** What a value that nobody stated looks like in tables. */
export const UNKNOWN = '–';

const MIB_PER_GIB = 1024;

/** Digits of amounts in a replay, where rows differ by a few per cent. */
export const REPLAY_DIGITS = 4;

/**
 * A share of a whole as a percentage with at most two digits that matter: `0.3 %`, `11 %`, `< 0.1 %`.
 *
 * @param ratio 0 to 1 (larger and negative shares are fine).
 */
export function formatShare(ratio: number): string {
  const percent = ratio * 100;
  if (percent !== 0 && Math.abs(percent) < 0.1) return percent > 0 ? '< 0.1 %' : '> −0.1 %';
  const digits = Math.abs(percent) < 10 && percent !== Math.round(percent) ? 1 : 0;
  return `${signed(percent.toFixed(digits))} %`;
}

/**
 * Rounds an upper bound up, never down, so that it stays a bound when it is read: `11.4 %`.
 *
 * @param ratio 0 to 1.
 */
export function formatBound(ratio: number): string {
  const percent = ratio * 100;
  const digits = percent < 10 ? 2 : 1;
  const scale = 10 ** digits;
  // The subtrahend forgives the last bit of `0.05 * 100`, which is not a reason to print 5.01.
  return `${Math.ceil(percent * scale - 1e-9) / scale} %`;
}

/** Memory for people: `300 MiB`, `15.6 GiB`. */
export function formatMemory(memoryMiB: number | undefined): string {
  if (memoryMiB === undefined) return UNKNOWN;
  const rounded = Math.round(memoryMiB);
  if (Math.abs(rounded) < MIB_PER_GIB) return `${signed(String(rounded))} MiB`;
  return `${formatAmount(memoryMiB / MIB_PER_GIB)} GiB`;
}

/** Cores for people, without the word: `8`, `0.5`. */
export function formatCores(cpuCores: number | undefined): string {
  return cpuCores === undefined ? UNKNOWN : formatAmount(Math.round(cpuCores * 100) / 100);
}

/** A number with three digits that matter and no trailing zeros: `0.00123`, `15.6`, `1,240`. */
export function formatAmount(value: number): string {
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  const digits = Math.min(Math.max(2 - magnitude, 0), 9);
  const rounded = Number(value.toFixed(digits));
  return signed(rounded.toLocaleString('en-US', { maximumFractionDigits: digits }));
}

/** US dollars: `$1,234`, `$12.34`, `$0.0042`. */
export function formatMoney(costUsd: number): string {
  const size = Math.abs(costUsd);
  const sign = costUsd < 0 ? '−' : '';
  if (size === 0) return '$0';
  if (size >= 1000) return `${sign}$${Math.round(size).toLocaleString('en-US')}`;
  if (size >= 0.1) return `${sign}$${size.toFixed(2)}`;
  if (size >= 1e-9) return `${sign}$${formatAmount(Number(size.toPrecision(2)))}`;
  return `${sign}$0.00`;
}

/** Money for one run, told by the thousand where one run costs less than a cent. */
export function formatMoneyPerRun(costUsd: number): string {
  return costUsd !== 0 && Math.abs(costUsd) < 0.01
    ? `${formatMoney(costUsd * 1000)} per 1,000 runs`
    : `${formatMoney(costUsd)} a run`;
}

/** A duration in the two largest units that matter: `850 ms`, `12 s`, `4 min 10 s`, `3 h 20 min`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  if (durationMs === 0) return '0';
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (seconds < 60) return `${formatAmount(Math.round(durationMs / 100) / 10)} s`;
  if (seconds < 3600) return twoUnits(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return twoUnits(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return twoUnits(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** A date and time in UTC to the minute: `2026-11-23 08:41`. */
export function formatTime(iso: string): string {
  return iso.slice(0, 16).replace('T', ' ');
}

/** `1 attempt`, `2 attempts`, `1,200 attempts`. */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/**
 * A formatter for a column of amounts that are compared by eye: all with the same decimals, chosen so that
 * the largest keeps `significantDigits`; what would round to nothing is shown as less than the smallest step.
 */
export function columnFormatter(
  values: readonly number[],
  significantDigits = 3,
): (value: number) => string {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const magnitude = largest === 0 ? 0 : Math.floor(Math.log10(largest));
  const digits = Math.min(Math.max(significantDigits - 1 - magnitude, 0), 6);
  const smallest = 10 ** -digits;
  return (value) => {
    if (value > 0 && value < smallest / 2) return `< ${smallest.toFixed(digits)}`;
    const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
    return value === 0 ? '0' : signed(value.toLocaleString('en-US', options));
  };
}

/** A true minus sign, as wide as a plus. */
function signed(text: string): string {
  return text.startsWith('-') ? `−${text.slice(1)}` : text;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
