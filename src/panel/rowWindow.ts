/**
 * The range of the rows that the table renders: from the index `first` up to, but not including, the index `end`. The
 * other rows are far outside the visible part, so they need no HTML elements.
 */
export interface RowWindow {
  readonly first: number;
  readonly end: number;
}

/** How many rows to render above and below the visible part, so that a quick scroll shows no gap. */
const MARGIN = 10;

/** Returns the rows to render for a scroll position. All sizes are in pixels. */
export function rowWindow(scrollTop: number, height: number, rowHeight: number, count: number): RowWindow {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - MARGIN);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + MARGIN);
  return { first: Math.min(first, end), end };
}

/**
 * Returns the index of the row that a key such as `ArrowDown` or `PageUp` selects. Returns undefined for any other key,
 * and for a table without rows.
 * @param current the index of the selected row
 * @param count the number of rows in the table
 * @param pageSize the number of rows by which `PageDown` and `PageUp` move
 */
export function movedTo(key: string, current: number, count: number, pageSize: number): number | undefined {
  const last = count - 1;
  const target = TARGETS[key]?.(current, Math.max(1, pageSize), last);
  return target === undefined || last < 0 ? undefined : Math.max(0, Math.min(last, target));
}

const TARGETS: Readonly<Record<string, (current: number, pageSize: number, last: number) => number>> = {
  ArrowDown: (current) => current + 1,
  ArrowUp: (current) => current - 1,
  PageDown: (current, pageSize) => current + pageSize,
  PageUp: (current, pageSize) => current - pageSize,
  Home: () => 0,
  End: (_, __, last) => last,
};
