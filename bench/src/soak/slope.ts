/** Slope of the line through (x, y) pairs with the least squares of errors; 0 for fewer than two different x. */
export function leastSquaresSlope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const n = points.length
  let sumX = 0
  let sumY = 0
  for (const { x, y } of points) {
    sumX += x
    sumY += y
  }
  let covariance = 0
  let variance = 0
  for (const { x, y } of points) {
    covariance += (x - sumX / n) * (y - sumY / n)
    variance += (x - sumX / n) ** 2
  }
  return variance === 0 ? 0 : covariance / variance
}
