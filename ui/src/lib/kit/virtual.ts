/** Rows kept above and below the view, so that a fast scroll does not show an empty edge. */
export const OVERSCAN = 8;

export interface Window {
  first: number;
  /** Exclusive. */
  end: number;
  /** Pixels of rows left out above. */
  before: number;
  /** Pixels of rows left out below. */
  after: number;
}

/**
 * The slice of a list of equally high rows that must be in the page.
 * @param rowHeight in CSS pixels, above zero
 */
export function visibleWindow(
  rows: number,
  rowHeight: number,
  scrollTop: number,
  viewHeight: number,
): Window {
  const top = Math.floor(Math.max(0, scrollTop) / rowHeight);
  const first = Math.min(Math.max(0, top - OVERSCAN), rows);
  const end = Math.min(rows, top + Math.ceil(viewHeight / rowHeight) + OVERSCAN);
  const safeEnd = Math.max(first, end);
  return { first, end: safeEnd, before: first * rowHeight, after: (rows - safeEnd) * rowHeight };
}
