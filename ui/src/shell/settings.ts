// What is kept about the window: theme, panel sizes, last inputs. The workspace keeps it; this browser has a copy, so that the
// first picture is right before the program answers, and so that it lasts where it can't be reached.

import { SvelteMap } from 'svelte/reactivity';
import { call } from '../api/client';
import type { Json } from '../api/types';

const PREFIX = 'assent:';
const WRITE_AFTER_MS = 400;

const known = new SvelteMap<string, Json>();
const waiting = new Map<string, ReturnType<typeof setTimeout>>();

function stored(key: string): Json | undefined {
  try {
    const text = localStorage.getItem(PREFIX + key);
    return text === null ? undefined : (JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}

function store(key: string, value: Json): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // A browser without storage keeps it while the page lasts.
  }
}

/** A setting, as state. A value of another sort than the fallback's is taken as if there were none. */
export function setting<T extends Json>(key: string, fallback: T): T {
  const value = known.has(key) ? known.get(key) : stored(key);
  return value !== undefined && value !== null && typeof value === typeof fallback && Array.isArray(value) === Array.isArray(fallback)
    ? (value as T)
    : fallback;
}

/** Keeps a setting; it is written when it has not changed for a moment. */
export function setSetting(key: string, value: Json): void {
  known.set(key, value);
  store(key, value);
  clearTimeout(waiting.get(key));
  waiting.set(key, setTimeout(() => {
    waiting.delete(key);
    // The copy in this browser stays; the next change tries again.
    call('settings.set', { key, value }).catch(() => undefined);
  }, WRITE_AFTER_MS));
}

/** Takes over what the workspace keeps, without what was changed here meanwhile. */
export async function loadSettings(): Promise<void> {
  const { settings } = await call('settings.get', {});
  for (const [key, value] of Object.entries(settings)) {
    if (waiting.has(key)) continue;
    known.set(key, value);
    store(key, value);
  }
}
