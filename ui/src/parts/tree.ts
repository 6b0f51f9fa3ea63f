import type { Icon } from '../words/state';

/** A branch or leaf of a tree. */
export interface TreeItem {
  id: string;
  label: string;
  icon?: Icon;
  /** A branch has them, be it none. */
  children?: TreeItem[];
  /** Small, at the row's end. */
  aside?: string;
}

/** A row of a tree as it is drawn. */
export interface TreeRow {
  item: TreeItem;
  /** 1 is the top. */
  level: number;
  parent: string | null;
  open: boolean;
}

/** The rows in view order: branches, and what is in those that are open. */
export function treeRows(items: readonly TreeItem[], open: ReadonlySet<string>, level = 1, parent: string | null = null): TreeRow[] {
  return items.flatMap((item) => {
    const isOpen = item.children !== undefined && open.has(item.id);
    return [{ item, level, parent, open: isOpen }, ...(isOpen ? treeRows(item.children ?? [], open, level + 1, item.id) : [])];
  });
}

export type TreeMove = { to: string } | { open: string } | { close: string } | null;

/** What a key does at a row, as the tree pattern of WAI-ARIA wants it. */
export function treeMove(rows: readonly TreeRow[], at: number, key: string): TreeMove {
  const row = rows[at];
  const to = (place: number): TreeMove => (rows[place] ? { to: rows[place].item.id } : null);
  switch (key) {
    case 'ArrowDown': return to(at + 1);
    case 'ArrowUp': return to(Math.max(0, at - 1));
    case 'Home': return to(0);
    case 'End': return to(rows.length - 1);
    case 'ArrowRight':
      if (!row?.item.children) return null;
      return row.open ? (row.item.children.length > 0 ? to(at + 1) : null) : { open: row.item.id };
    case 'ArrowLeft':
      if (row?.open) return { close: row.item.id };
      return row?.parent != null ? { to: row.parent } : null;
    default: return null;
  }
}

/** The next row that begins with what was typed, after this one and around the end. */
export function typeAhead(rows: readonly TreeRow[], at: number, typed: string): string | null {
  const around = [...rows.slice(at + (typed.length > 1 ? 0 : 1)), ...rows.slice(0, at + 1)];
  return around.find((row) => row.item.label.toLowerCase().startsWith(typed.toLowerCase()))?.item.id ?? null;
}
