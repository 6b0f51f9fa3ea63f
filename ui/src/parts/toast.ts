// Short words about what was done, with a way back. Toasts.svelte shows them.

import { SvelteMap } from 'svelte/reactivity';
import { ApiFailure } from '../api/failure';
import { errorTitle } from '../words/errors';

export interface Toast {
  id: number;
  kind: 'done' | 'failed';
  text: string;
  more?: string | undefined;
  /** A button: "Undo". */
  action?: { label: string; run: () => unknown } | undefined;
}

const LASTS_MS = 8000;
const shown = new SvelteMap<number, Toast>();
const timers = new Map<number, ReturnType<typeof setTimeout>>();
let nextId = 1;

export const toasts = (): Toast[] => [...shown.values()];

export function dismiss(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  shown.delete(id);
}

/** Keeps a toast while the pointer or the focus is on it. */
export function hold(id: number): void {
  clearTimeout(timers.get(id));
}

export function release(id: number): void {
  const toast = shown.get(id);
  if (!toast || toast.kind === 'failed') return;
  clearTimeout(timers.get(id));
  timers.set(id, setTimeout(() => dismiss(id), LASTS_MS));
}

function add(toast: Omit<Toast, 'id'>): number {
  // Said again it is said once, at the end.
  for (const [id, other] of shown) if (other.text === toast.text && other.more === toast.more && !other.action && !toast.action) dismiss(id);
  const id = nextId++;
  shown.set(id, { ...toast, id });
  release(id);
  return id;
}

/** Says that something was done, with a button that takes it back. */
export function tell(text: string, action?: Toast['action']): number {
  return add({ kind: 'done', text, action });
}

/** "Flow moved to the bin" with Undo. */
export function tellUndo(text: string, undo: () => unknown): number {
  return tell(text, { label: 'Undo', run: undo });
}

/** Says that something failed; it stays until it is closed. */
export function tellFailure(thrown: unknown, title?: string, action?: Toast['action']): number {
  const failure = ApiFailure.of(thrown);
  return add({ kind: 'failed', text: title ?? errorTitle(failure), more: `${failure.message} ${failure.hint}`.trim(), action });
}
