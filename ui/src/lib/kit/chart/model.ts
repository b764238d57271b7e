/** What a chart shows. Times are Unix milliseconds, ascending; values are in the rule's own unit. */
export interface Line {
  name: string;
  times: readonly number[];
  values: readonly number[];
}

export interface Interval {
  from: number;
  to: number;
}

export interface ChartModel {
  /** The window; every chart beside it has the same one. */
  from: number;
  to: number;
  value: Line;
  /** Concurrent comparison, always dashed. */
  control?: Line;
  /** Time nobody looked at, with the cause in one word ("asleep", "offline"). */
  gaps?: readonly (Interval & { cause: string })[];
  /** Time read afterwards from the source: drawn dotted on light hatching. */
  backfilled?: readonly Interval[];
  limit?: { value: number; label: string };
  /** 5th to 95th percentile of the baseline. Absent means that there is none. */
  band?: { low: number; high: number };
  /** Time over the limit, sustained or not, with its length in words. */
  breaches?: readonly (Interval & { label: string })[];
  /** Samples that do not count, and why. */
  invalid?: readonly { at: number; reason: string }[];
  /** The figure at the right. `lost` says that it is old: then the label tells for how long. */
  now?: { label: string; lost?: boolean };
  /** For values that are words: fixed labels on the axis ("ok", "fail"). */
  words?: readonly { value: number; label: string }[];
}

export type Nullable = number | null;

/** A line after thinning: a null ends a stretch, so that nothing is joined over unseen time. */
export interface Thinned {
  times: number[];
  values: Nullable[];
}

/** Whether a moment lies in one of the intervals, ends included. */
export function within(at: number, intervals: readonly Interval[]): boolean {
  return intervals.some((interval) => at >= interval.from && at <= interval.to);
}

/**
 * Cuts a line into what was seen and what was read afterwards, with a break at every gap.
 * Both keep the full time axis order; a sample belongs to exactly one of them.
 */
export function separate(
  line: Line,
  gaps: readonly Interval[],
  backfilled: readonly Interval[],
): { seen: Thinned; later: Thinned } {
  const seen: Thinned = { times: [], values: [] };
  const later: Thinned = { times: [], values: [] };
  const put = (target: Thinned, at: number, value: Nullable) => {
    target.times.push(at);
    target.values.push(value);
  };
  let previous: { at: number; late: boolean } | undefined;
  for (const [index, at] of line.times.entries()) {
    const value = line.values[index];
    if (value === undefined || !Number.isFinite(value)) continue;
    const late = within(at, backfilled);
    if (previous) {
      const before = previous.at;
      const gap = gaps.find((candidate) => candidate.from < at && candidate.to > before);
      const middle = (before + at) / 2;
      // Inside time that was read afterwards the dotted line goes on; elsewhere a gap ends the line.
      if (late !== previous.late || (gap && !late)) {
        put(seen, middle, null);
        put(later, middle, null);
      }
    }
    put(late ? later : seen, at, value);
    previous = { at, late };
  }
  return { seen, later };
}
