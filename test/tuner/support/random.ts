import type { Measure } from '@stepfit/tuner/learning/measure';

/** Numbers between 0 and 1, the same for the same seed (mulberry32): simulations must not vary. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Standard normal numbers (Box and Muller). */
export function seededNormal(seed: number): () => number {
  const random = seededRandom(seed);
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** As many values as asked for. */
export function draw<Value>(count: number, next: (index: number) => Value): Value[] {
  return Array.from({ length: count }, (_, index) => next(index));
}

/** One run after the other, each with one attempt of that need. */
export function measures(amounts: readonly number[], overrides: Partial<Measure> = {}): Measure[] {
  return amounts.map((amount, index) => ({
    run: `r${String(index).padStart(4, '0')}`,
    startedAtMs: index,
    amount,
    isExact: true,
    ...overrides,
  }));
}

/** Of stationary histories looked at after every fourth of their values, the share that raise an alarm. */
export function everAlarmed(
  histories: number,
  length: number,
  isAlarm: (past: readonly number[]) => boolean,
): number {
  const random = seededRandom(12);
  const alarmed = draw(histories, () => draw(length, random)).filter((values) =>
    values.some((_, index) => index % 4 === 3 && isAlarm(values.slice(0, index + 1))),
  );
  return alarmed.length / histories;
}
