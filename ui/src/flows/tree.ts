// The flows of a workspace as the rows of a tree: folders first, then flows, both by name.

import type { FlowInfo } from '../api/types';

export interface FolderRow {
  readonly sort: 'folder';
  readonly key: string;
  /** Its whole path: `a/b`. */
  readonly path: string;
  readonly name: string;
  /** The folder it is in. */
  readonly parent: string;
  readonly level: number;
  readonly open: boolean;
  /** How many flows are in it and in the folders within. */
  readonly flows: number;
  /** Which one it is among those beside it, from 1, and how many these are. */
  readonly at: number;
  readonly of: number;
}

export interface FlowRow {
  readonly sort: 'flow';
  readonly key: string;
  readonly flow: FlowInfo;
  readonly name: string;
  readonly parent: string;
  readonly level: number;
  readonly at: number;
  readonly of: number;
}

export type Row = FolderRow | FlowRow;

export interface Filter {
  readonly text: string;
  /** A flow must have all of them. */
  readonly tags: readonly string[];
}

export const folderKey = (path: string): string => `folder:${path}`;
export const flowKey = (id: string): string => `flow:${id}`;
export const lastOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
export const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
export const inFolder = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);
/** Whether a folder is another one, or within it. */
export const isWithin = (folder: string, other: string): boolean => folder === other || folder.startsWith(`${other}/`);

const plain = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' }).compare;

/** Whether a filter leaves anything out. */
export const filters = ({ text, tags }: Filter): boolean => text.trim() !== '' || tags.length > 0;

/** Whether a flow is meant: every word is in its name, id, folder, description or tags. */
export function matches(flow: FlowInfo, filter: Filter): boolean {
  if (!filter.tags.every((tag) => flow.tags.includes(tag))) return false;
  const text = plain([flow.name, flow.id, flow.folder, flow.description, ...flow.tags].join('\n'));
  return plain(filter.text).split(/\s+/).every((word) => text.includes(word));
}

/** The tags of all flows and how many have each, the usual ones first. */
export function tagsOf(flows: readonly FlowInfo[]): { tag: string; flows: number }[] {
  const counts = new Map<string, number>();
  for (const flow of flows) for (const tag of flow.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].map(([tag, number]) => ({ tag, flows: number })).sort((a, b) => b.flows - a.flows || byName(a.tag, b.tag));
}

interface Folder {
  readonly path: string;
  readonly folders: Map<string, Folder>;
  readonly flows: FlowInfo[];
}

const newFolder = (path: string): Folder => ({ path, folders: new Map(), flows: [] });

function grow(flows: readonly FlowInfo[], folders: readonly string[]): Folder {
  const top = newFolder('');
  const at = (path: string): Folder => {
    let folder = top;
    for (const name of path.split('/').filter((part) => part !== '')) {
      let next = folder.folders.get(name);
      if (!next) folder.folders.set(name, (next = newFolder(inFolder(folder.path, name))));
      folder = next;
    }
    return folder;
  };
  for (const path of folders) at(path);
  for (const flow of flows) at(flow.folder).flows.push(flow);
  return top;
}

const countIn = (folder: Folder): number => folder.flows.length + [...folder.folders.values()].reduce((sum, within) => sum + countIn(within), 0);

/** The rows that are seen. `folders` are there without a flow in them; while a filter is on, they are left out and all others are open. */
export function treeRows(flows: readonly FlowInfo[], folders: readonly string[], closed: ReadonlySet<string>, filter: Filter): Row[] {
  const on = filters(filter);
  const rows: Row[] = [];
  // A file that was copied by hand has its id twice; the program takes one of them, and both are seen.
  const seen = new Set<string>();
  const keyOf = ({ id, folder }: FlowInfo): string => {
    const key = seen.has(id) ? `${flowKey(id)} ${folder}` : flowKey(id);
    seen.add(id);
    return key;
  };
  const put = (folder: Folder, level: number): void => {
    const within = [...folder.folders.values()].sort((a, b) => byName(lastOf(a.path), lastOf(b.path)));
    const mine = [...folder.flows].sort((a, b) => byName(a.name, b.name) || byName(a.id, b.id));
    const of = within.length + mine.length;
    within.forEach((child, index) => {
      const open = on || !closed.has(child.path);
      const name = lastOf(child.path);
      rows.push({ sort: 'folder', key: folderKey(child.path), path: child.path, name, parent: folder.path, level, open, flows: countIn(child), at: index + 1, of });
      if (open) put(child, level + 1);
    });
    mine.forEach((flow, index) => {
      rows.push({ sort: 'flow', key: keyOf(flow), flow, name: flow.name, parent: folder.path, level, at: within.length + index + 1, of });
    });
  };
  put(on ? grow(flows.filter((flow) => matches(flow, filter)), []) : grow(flows, folders), 1);
  return rows;
}

/** Every folder that can be moved into, by path. */
export function allFolders(flows: readonly FlowInfo[], folders: readonly string[]): string[] {
  const found = new Set<string>();
  for (const path of [...flows.map((flow) => flow.folder), ...folders]) {
    for (let folder = path; folder !== ''; folder = parentOf(folder)) found.add(folder);
  }
  return [...found].sort(byName);
}

/** What a key does in the tree: where the focus goes, and which folder opens or closes. */
export interface Step {
  readonly focus?: string;
  readonly open?: string;
  readonly close?: string;
}

/** The keys of a tree as WAI-ARIA has them. `undefined` is a key that means nothing here. */
export function treeStep(rows: readonly Row[], focused: string | undefined, key: string): Step | undefined {
  const index = Math.max(0, rows.findIndex((row) => row.key === focused));
  const row = rows[index];
  if (!row) return undefined;
  const to = (target: Row | undefined): Step => (target ? { focus: target.key } : {});
  switch (key) {
    case 'ArrowDown': return to(rows[index + 1]);
    case 'ArrowUp': return to(rows[index - 1]);
    case 'Home': return to(rows[0]);
    case 'End': return to(rows.at(-1));
    case 'ArrowRight':
      if (row.sort === 'flow') return {};
      if (!row.open) return { open: row.path };
      return rows[index + 1]?.parent === row.path ? to(rows[index + 1]) : {};
    case 'ArrowLeft':
      if (row.sort === 'folder' && row.open) return { close: row.path };
      return to(rows.find((other) => other.key === folderKey(row.parent)));
    default: return undefined;
  }
}

/** The next row whose name begins with what was typed; the same letter again and again goes through all of them. */
export function typeAhead(rows: readonly Row[], focused: string | undefined, typed: string): string | undefined {
  const letters = plain(typed);
  const same = [...letters].every((letter) => letter === letters[0]);
  const wanted = same ? letters.slice(0, 1) : letters;
  if (wanted === '') return undefined;
  const index = rows.findIndex((row) => row.key === focused);
  const start = same ? index + 1 : Math.max(0, index);
  const order = [...rows.slice(start), ...rows.slice(0, start)];
  return order.find((row) => plain(row.name).startsWith(wanted))?.key;
}

/** What has the focus after a row is gone: the one after it, else the one before it. */
export function neighbour(rows: readonly Row[], key: string): string | undefined {
  const index = rows.findIndex((row) => row.key === key);
  return (rows[index + 1] ?? rows[index - 1])?.key;
}

/** The first of `New flow`, `New flow 2` … that no name beside it has. */
export function freeName(wanted: string, taken: Iterable<string>): string {
  const names = new Set([...taken].map(plain));
  if (!names.has(plain(wanted))) return wanted;
  for (let number = 2; ; number += 1) if (!names.has(plain(`${wanted} ${number}`))) return `${wanted} ${number}`;
}

/** Why a folder can't have this name, or `undefined`. The program checks it again. */
export function folderNameProblem(name: string, taken: readonly string[]): string | undefined {
  const wanted = name.trim();
  if (wanted === '') return 'A folder needs a name.';
  if (wanted.startsWith('.') || /[\\/:*?"<>|]/.test(wanted)) return 'Use letters, digits, spaces and hyphens; no leading dot.';
  return taken.some((other) => plain(other) === plain(wanted)) ? `There is a folder “${wanted}” here already.` : undefined;
}
