import type { Nullable, Thinned } from './model';

interface Column {
  index: number;
  points: { at: number; value: number }[];
}

/**
 * Keeps first, lowest, highest and last sample of each pixel column, so that no peak over a limit disappears.
 * A null stays where it is: it ends a stretch. At most four points a column and one null a break remain.
 * @param columns width of the plot in pixels, at least one
 */
export function thin(line: Thinned, from: number, to: number, columns: number): Thinned {
  const result: Thinned = { times: [], values: [] };
  const width = Math.max(1, Math.floor(columns));
  const scale = width / Math.max(1, to - from);
  let column: Column | undefined;
  let broken = true;

  const flush = () => {
    if (!column) return;
    for (const point of extremes(column.points)) push(result, point.at, point.value);
    column = undefined;
  };

  for (const [index, at] of line.times.entries()) {
    const value = line.values[index];
    if (value === null || value === undefined) {
      flush();
      if (!broken) push(result, at, null);
      broken = true;
      continue;
    }
    broken = false;
    const place = Math.floor((at - from) * scale);
    if (column?.index !== place) {
      flush();
      column = { index: place, points: [] };
    }
    column.points.push({ at, value });
  }
  flush();
  return result;
}

function push(target: Thinned, at: number, value: Nullable): void {
  target.times.push(at);
  target.values.push(value);
}

function extremes(points: { at: number; value: number }[]): { at: number; value: number }[] {
  const [first] = points;
  const last = points[points.length - 1];
  if (!first || !last || points.length <= 4) return points;
  let low = first;
  let high = first;
  for (const point of points) {
    if (point.value < low.value) low = point;
    if (point.value > high.value) high = point;
  }
  const kept = new Set([first, low, high, last]);
  return [...kept].sort((a, b) => a.at - b.at);
}
