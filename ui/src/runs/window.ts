// Which rows of a long list are to be drawn.

export interface Span {
  /** The first row that is drawn. */
  from: number;
  /** The row after the last. */
  to: number;
}

/** More rows than are seen, so that a small scroll shows no gap. */
const BEYOND = 6;

/** The rows of one height that a scrolled box shows. */
export function rowsIn(scrollTop: number, height: number, rowHeight: number, count: number): Span {
  const from = Math.max(0, Math.floor(scrollTop / rowHeight) - BEYOND);
  const to = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + BEYOND);
  return { from: Math.min(from, count), to: Math.max(to, Math.min(from, count)) };
}

/** Where to scroll so that a row is seen whole; as it is, where it is seen already. */
export function scrollTo(row: number, scrollTop: number, height: number, rowHeight: number): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return top + rowHeight > scrollTop + height ? top + rowHeight - height : scrollTop;
}
