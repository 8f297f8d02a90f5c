/**
 * Places of finite `values` not below zero, ascending.
 *
 * The place is written into the lowest bits of each number's mantissa, so that the engine's own sort of a
 * typed array carries it along: several times as fast as a comparator, at 2⁻⁴³ of precision for 512
 * values. Values closer than that keep the order they came in.
 */
export function ascendingOrder(values: Float64Array): Uint32Array {
  const count = values.length;
  const keys = Float64Array.from(values);
  const words = new Uint32Array(keys.buffer);
  const mask = 2 ** Math.ceil(Math.log2(Math.max(count, 2))) - 1;
  for (let place = 0; place < count; place += 1) {
    const low = 2 * place;
    words[low] = ((words[low] ?? 0) & ~mask) | place;
  }
  keys.sort();
  return Uint32Array.from({ length: count }, (_, place) => (words[2 * place] ?? 0) & mask);
}
