/** A column of a Table. */
export interface Column {
  id: string;
  title: string;
  /** Its heading is read and not seen. */
  unseen?: boolean;
  /** Of the grid: `80px`, `1fr`, `minmax(120px, 2fr)`. */
  width: string;
  align?: 'start' | 'end';
  /** Its heading sorts. */
  sorts?: boolean;
}

/** By which column, and whether from its high end. */
export interface Sort {
  column: string;
  down: boolean;
}

/** What a click on a heading makes of the order. */
export function sortAfter(sort: Sort | null, column: string): Sort {
  return sort?.column === column ? { column, down: !sort.down } : { column, down: false };
}

/** The keys from one row to another, both included, for choosing with Shift. */
export function range<T, K>(rows: readonly T[], key: (row: T) => K, one: number, other: number): K[] {
  return rows.slice(Math.max(0, Math.min(one, other)), Math.max(one, other) + 1).map(key);
}
