/** Which rows of a long list are to be drawn: `from` to before `to`. */
export interface Slice {
  from: number;
  to: number;
}

/** The rows in view and some around them. All lengths in pixels. */
export function visibleSlice(scrollTop: number, height: number, rowHeight: number, count: number, around = 6): Slice {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight);
  const many = Math.ceil(height / rowHeight) + 1;
  const from = Math.min(Math.max(0, first - around), Math.max(0, count - many));
  return { from, to: Math.min(count, Math.max(first, from) + many + around) };
}

/** Where to scroll so that a row is whole in view, or where it is already. */
export function scrollToRow(row: number, scrollTop: number, height: number, rowHeight: number): number {
  const top = row * rowHeight;
  if (top < scrollTop) return top;
  return top + rowHeight > scrollTop + height ? Math.max(0, top + rowHeight - height) : scrollTop;
}

/** The row that a key goes to, or `null` for keys that go nowhere. */
export function rowAfterKey(key: string, row: number, count: number, page: number): number | null {
  const to = (next: number): number => Math.min(count - 1, Math.max(0, next));
  if (count === 0) return null;
  switch (key) {
    case 'ArrowDown': return to(row + 1);
    case 'ArrowUp': return row < 0 ? 0 : to(row - 1);
    case 'PageDown': return to(row + page);
    case 'PageUp': return to(row - page);
    case 'Home': return 0;
    case 'End': return count - 1;
    default: return null;
  }
}
