/** A straight line through points: `y = intercept + slope · x`. */
export interface FittedLine {
  readonly slope: number;
  readonly intercept: number;
  /** Share of the variance of y that the line explains, 0 to 1. */
  readonly explained: number;
}

/** Ordinary least squares; undefined where all x are the same or there are fewer than three points. */
export function fitLine(
  points: readonly (readonly [x: number, y: number])[],
): FittedLine | undefined {
  const count = points.length;
  if (count < 3) return undefined;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  let squaresX = 0;
  let squaresY = 0;
  let products = 0;
  for (const [x, y] of points) {
    squaresX += (x - meanX) ** 2;
    squaresY += (y - meanY) ** 2;
    products += (x - meanX) * (y - meanY);
  }
  if (squaresX === 0) return undefined;
  const slope = products / squaresX;
  const explained = squaresY === 0 ? 0 : products ** 2 / (squaresX * squaresY);
  return { slope, intercept: meanY - slope * meanX, explained };
}
