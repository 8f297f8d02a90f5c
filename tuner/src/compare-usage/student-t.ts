import { incompleteBeta } from '../sizing/bounds/failure-bound.ts';

/** Chance that Student’s t with `freedom` degrees, any positive number, is above `t` (DLMF 8.17). */
export function tailOfT(t: number, freedom: number): number {
  const tail = incompleteBeta(freedom / 2, 1 / 2, freedom / (freedom + t * t)) / 2;
  return t >= 0 ? tail : 1 - tail;
}

/** The t that is exceeded with chance `tail`, 0 to 1/2: bisection, to nine digits. */
export function quantileOfT(tail: number, freedom: number): number {
  let low = 0;
  let high = 1;
  while (tailOfT(high, freedom) > tail) high *= 2;
  while (high - low > 1e-9 * high) {
    const middle = (low + high) / 2;
    if (tailOfT(middle, freedom) > tail) low = middle;
    else high = middle;
  }
  return high;
}
