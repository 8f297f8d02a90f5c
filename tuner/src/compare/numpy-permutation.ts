const SIZE = 624;
const SHIFT = 397;

/** MT19937 as NumPy’s `RandomState(seed)` seeds it; each call gives the next unsigned 32 bits. */
function createMersenneTwister(seed: number): () => number {
  const state = new Uint32Array(SIZE);
  state[0] = seed;
  for (let i = 1; i < SIZE; i++) {
    const previous = state[i - 1] as number;
    state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
  }
  let next = SIZE;
  function twist(): void {
    for (let i = 0; i < SIZE; i++) {
      const low = state[(i + 1) % SIZE] as number;
      const bits = ((state[i] as number) & 0x80000000) | (low & 0x7fffffff);
      const shifted = (state[(i + SHIFT) % SIZE] as number) ^ (bits >>> 1);
      state[i] = (low & 1) === 1 ? shifted ^ 0x9908b0df : shifted;
    }
    next = 0;
  }
  return () => {
    if (next === SIZE) twist();
    let bits = state[next++] as number;
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    return (bits ^ (bits >>> 18)) >>> 0;
  };
}

/** The same order as `numpy.random.RandomState(seed).permutation(length)`. */
export function numpyPermutation(seed: number, length: number): number[] {
  const nextBits = createMersenneTwister(seed);
  const order = Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const mask = 2 ** (32 - Math.clz32(i)) - 1;
    let pick = nextBits() & mask;
    while (pick > i) pick = nextBits() & mask;
    const held = order[i] as number;
    order[i] = order[pick] as number;
    order[pick] = held;
  }
  return order;
}
