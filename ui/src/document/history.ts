// The undo history of one flow: a list of patches, one for each gesture. It can be written down and survives saving and reload.

import type { Flow } from './flow';
import { type Patch, patchBetween, redone, touched, undone } from './patch';
import { writeFlow } from './write';

export interface Entry {
  readonly number: number;
  /** What was done, for the menu: "Move 3 nodes". */
  readonly label: string;
  readonly patch: Patch;
  /** Characters of the patch as JSON. */
  readonly size: number;
  /** Edits with the same key within a moment are one entry: typing in one field. */
  readonly key?: string;
  /** When its last edit was, in milliseconds. */
  readonly at: number;
}

export interface History {
  readonly past: readonly Entry[];
  readonly future: readonly Entry[];
  readonly next: number;
}

export const MOST_ENTRIES = 500;
export const MOST_CHARACTERS = 2_000_000;
const MERGE_WITHIN_MS = 1_500;

export const NO_HISTORY: History = { past: [], future: [], next: 1 };

/** The newest entries that are within the limits; the newest is always kept. */
function bounded(past: readonly Entry[]): readonly Entry[] {
  let size = 0;
  let first = past.length;
  while (first > 0 && past.length - first < MOST_ENTRIES) {
    size += past[first - 1]?.size ?? 0;
    if (size > MOST_CHARACTERS && first < past.length) break;
    first -= 1;
  }
  return first === 0 ? past : past.slice(first);
}

export interface Edit {
  label: string;
  /** Milliseconds of any clock. */
  at: number;
  key?: string | undefined;
}

/** The history after an edit from one flow to another. An edit that changes nothing leaves it as it is. */
export function recorded(history: History, before: Flow, after: Flow, { label, at, key }: Edit): History {
  const last = history.past.at(-1);
  const merges = key !== undefined && last?.key === key && history.future.length === 0 && at - last.at <= MERGE_WITHIN_MS;
  const patch = patchBetween(merges ? undone(before, last.patch) : before, after);
  if (!patch) return merges ? { ...history, past: history.past.slice(0, -1) } : history;
  const entry: Entry = { number: history.next, label, patch, size: JSON.stringify(patch).length, at, ...(key !== undefined && { key }) };
  const past = merges ? history.past.slice(0, -1) : history.past;
  return { past: bounded([...past, entry]), future: [], next: history.next + 1 };
}

export interface Step {
  flow: Flow;
  history: History;
  label: string;
  /** What it touched. */
  ids: string[];
}

export function undo(history: History, flow: Flow): Step | undefined {
  const entry = history.past.at(-1);
  if (!entry) return undefined;
  return {
    flow: undone(flow, entry.patch),
    history: { ...history, past: history.past.slice(0, -1), future: [entry, ...history.future] },
    label: entry.label,
    ids: touched(entry.patch),
  };
}

export function redo(history: History, flow: Flow): Step | undefined {
  const [entry, ...future] = history.future;
  if (!entry) return undefined;
  return { flow: redone(flow, entry.patch), history: { ...history, past: [...history.past, entry], future }, label: entry.label, ids: touched(entry.patch) };
}

/** What tells two states of a flow apart: the number of the newest entry. */
export const mark = (history: History): number => history.past.at(-1)?.number ?? 0;

/** FNV-1a over a flow's text: a history belongs to one text only. */
function fingerprint(flow: Flow): number {
  const text = writeFlow(flow);
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

const FORM = 'assent.undo/1';

/** The history of a flow as text. */
export function writeHistory(history: History, flow: Flow): string {
  if (history.past.length + history.future.length === 0) return '';
  return JSON.stringify({ form: FORM, of: fingerprint(flow), past: history.past, future: history.future, next: history.next });
}

/** The history that was written down for this flow; none where the text is another's, or can't be read. */
export function readHistory(text: string, flow: Flow): History {
  try {
    const { form, of, past, future, next } = JSON.parse(text) as { form: string; of: number; past: Entry[]; future: Entry[]; next: number };
    const whole = form === FORM && of === fingerprint(flow) && Array.isArray(past) && Array.isArray(future) && typeof next === 'number';
    return whole ? { past, future, next } : NO_HISTORY;
  } catch {
    return NO_HISTORY;
  }
}
