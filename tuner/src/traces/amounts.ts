const BYTES_PER_MIB = 1_048_576;

/** Schedulers, `/proc` and Nextflow write K, M, G for powers of 1024, with or without B or iB. */
const BINARY_POWERS: Readonly<Record<string, number>> = { '': 0, K: 1, M: 2, G: 3, T: 4, P: 5 };

const DURATION_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Units in which a column may state plain numbers, and what one of them is in MiB or ms. */
export const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1 / BYTES_PER_MIB,
  KB: 1e3 / BYTES_PER_MIB,
  MB: 1e6 / BYTES_PER_MIB,
  GB: 1e9 / BYTES_PER_MIB,
  KiB: 1 / 1024,
  MiB: 1,
  GiB: 1024,
};
export const TIME_UNITS: Readonly<Record<string, number>> = DURATION_MS;

const PLAIN = /^\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

function plainNumber(text: string): number | undefined {
  const value = Number(text);
  return PLAIN.test(text) && Number.isFinite(value) ? value : undefined;
}

/**
 * `123` (times `unitMiB`) or `1.5 GB` (binary, as Nextflow writes it) in MiB; undefined for anything else,
 * negative numbers included.
 */
export function parseSizeMiB(text: string, unitMiB = 1 / BYTES_PER_MIB): number | undefined {
  const plain = plainNumber(text);
  if (plain !== undefined) return plain * unitMiB;
  const [, amount = '', prefix = ''] = /^([\d.]+)\s*([KMGTP]?)(?:i?B)?$/i.exec(text) ?? [];
  const value = plainNumber(amount);
  const power = BINARY_POWERS[prefix.toUpperCase()];
  return value === undefined || power === undefined
    ? undefined
    : (value * 1024 ** power) / BYTES_PER_MIB;
}

/** `123` (times `unitMs`), `1h 2m 3.5s` or `01:02:03` in milliseconds. */
export function parseDurationMs(text: string, unitMs = 1): number | undefined {
  const plain = plainNumber(text);
  if (plain !== undefined) return plain * unitMs;
  const clock = /^(?:(\d+)-)?(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text);
  if (clock !== null) {
    const [, days = '0', hours, minutes, seconds] = clock;
    const total = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60;
    return (total + Number(seconds)) * 1000;
  }
  if (!/^(?:\d+(?:\.\d+)?\s*(?:ms|min|[smhd])\s*)+$/.test(text)) return undefined;
  let totalMs = 0;
  for (const [, amount, unit = ''] of text.matchAll(/([\d.]+)\s*(ms|min|[smhd])/g)) {
    totalMs += Number(amount) * (DURATION_MS[unit] ?? Number.NaN);
  }
  return totalMs;
}

/** A number since 1970 (times `unitMs`), or ISO 8601 text; without a zone, as Nextflow writes it, UTC. */
export function parseInstantMs(text: string, unitMs = 1): number | undefined {
  const plain = plainNumber(text);
  if (plain !== undefined) return plain * unitMs;
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)?$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [, day, time, zone = 'Z'] = match;
  const value = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(value) ? undefined : value;
}
