/**
 * Nanoseconds since 1970, in two unsigned halves, as whole milliseconds rounded down. Exact up to the year
 * 2262 and beyond, though the nanoseconds themselves do not fit into a double: 2^32 ns is 4,294 ms and
 * 967,296 ns, and each product below stays under 2^53.
 */
export function unixNanoToMs(high: number, low: number): number {
  return high * 4294 + Math.floor((high * 967_296 + low) / 1_000_000);
}
