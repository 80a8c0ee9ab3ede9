/**
 * Returns the columns of a chart: the times of the points, then the values of each series. If points are missing,
 * because no forward was running or the machine was asleep, adds a time without values. Without it, a line would
 * connect the points before and after the gap.
 * @param seconds the time between two points
 * @param series returns the value of a point, one function for each series
 */
export function chartColumns<P extends { readonly at: number }>(
  points: readonly P[],
  seconds: number,
  series: readonly ((point: P) => number | null)[],
): [number[], ...(number | null)[][]] {
  const isGap = (index: number) => (points[index + 1]?.at ?? 0) - (points[index]?.at ?? 0) > 2 * seconds;
  return [
    points.flatMap(({ at }, index) => (isGap(index) ? [at, at + seconds] : [at])),
    ...series.map((read) =>
      points.flatMap((point, index) => (isGap(index) ? [read(point), null] : [read(point)])),
    ),
  ];
}
