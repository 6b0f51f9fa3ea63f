// A JSON value as rows that are opened one by one. Long lists come in groups, so that one click never makes 100,000 rows.

import type { Json } from '../../api/types';

export interface Row {
  /** Names the row; the same for the same place in the value. */
  id: string;
  /** The key or index; `null` at the top. A group has the range of its indices. */
  label: string | null;
  level: number;
  value: Json;
  /** How many things are in it; `null` for what can't be opened. */
  size: number | null;
  open: boolean;
  /** A range of the children of `value`, instead of the value itself. */
  group?: { from: number; to: number };
}

const GROUP = 100;
export const TOP = '';

const isBranch = (value: Json): value is Json[] | { [key: string]: Json } => typeof value === 'object' && value !== null;

/** The name of a child: a JSON pointer. */
export const childId = (id: string, key: string | number): string => `${id}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
const groupId = (id: string, from: number, to: number): string => `${id}#${from}-${to}`;

function keysOf(value: Json[] | { [key: string]: Json }): { count: number; at: (index: number) => string | number } {
  if (Array.isArray(value)) return { count: value.length, at: (index) => index };
  const keys = Object.keys(value);
  return { count: keys.length, at: (index) => keys[index] ?? '' };
}

/** How wide the groups of so many children are: 100, or 10,000 where there would be too many. */
function groupWidth(count: number): number {
  let width = GROUP;
  while (count / width > GROUP) width *= GROUP;
  return width;
}

/** The rows of a value, as far as it is open. */
export function jsonRows(value: Json, open: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  const add = (id: string, label: string | null, level: number, of: Json): void => {
    const size = isBranch(of) ? keysOf(of).count : null;
    const isOpen = size !== null && size > 0 && open.has(id);
    rows.push({ id, label, level, value: of, size, open: isOpen });
    if (isOpen && isBranch(of)) addChildren(id, level + 1, of, 0, keysOf(of).count, keysOf(of).at);
  };
  const addChildren = (id: string, level: number, of: Json[] | { [key: string]: Json }, from: number, to: number, at: (index: number) => string | number): void => {
    if (to - from <= 2 * GROUP) {
      for (let index = from; index < to; index += 1) {
        const key = at(index);
        add(childId(id, key), String(key), level, (of as Record<string | number, Json>)[key] ?? null);
      }
      return;
    }
    const width = groupWidth(to - from);
    for (let first = from; first < to; first += width) {
      const end = Math.min(to, first + width);
      const name = groupId(id, first, end);
      const isOpen = open.has(name);
      rows.push({ id: name, label: `${first} … ${end - 1}`, level, value: of, size: end - first, open: isOpen, group: { from: first, to: end } });
      if (isOpen) addChildren(id, level + 1, of, first, end, at);
    }
  };
  add(TOP, null, 0, value);
  return rows;
}

export interface Found {
  id: string;
  /** What has to be open for it to be seen. */
  within: string[];
}

/** Everything that has a text in its key or its value, in view order, at most `most`. */
export function findInJson(value: Json, text: string, most = 1000): Found[] {
  const wanted = text.toLowerCase();
  const found: Found[] = [];
  if (wanted === '') return found;
  const has = (word: string): boolean => word.toLowerCase().includes(wanted);
  const walk = (id: string, label: string | null, of: Json, within: string[]): void => {
    if (found.length >= most) return;
    if ((label !== null && has(label)) || (isBranch(of) ? false : has(String(of)))) found.push({ id, within });
    if (!isBranch(of)) return;
    const { count, at } = keysOf(of);
    for (let index = 0; index < count && found.length < most; index += 1) {
      const key = at(index);
      walk(childId(id, key), Array.isArray(of) ? null : String(key), (of as Record<string | number, Json>)[key] ?? null, [...within, id, ...groupsAround(id, index, count)]);
    }
  };
  walk(TOP, null, value, []);
  return found;
}

/** The groups that a child is in. */
function groupsAround(id: string, index: number, count: number): string[] {
  const groups: string[] = [];
  let [from, to] = [0, count];
  while (to - from > 2 * GROUP) {
    const width = groupWidth(to - from);
    from += Math.floor((index - from) / width) * width;
    to = Math.min(to, from + width);
    groups.push(groupId(id, from, to));
  }
  return groups;
}
