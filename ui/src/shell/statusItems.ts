// What sections show at the right end of the status bar: problems, zoom, the microphone's level.

import { SvelteMap } from 'svelte/reactivity';
import type { Icon, Tone } from '../words/state';

export interface StatusItem {
  id: string;
  /** From left to right. */
  order: number;
  /** Read as state: "Problems 2", "84 %". */
  text: () => string;
  icon?: Icon;
  tone?: () => Tone;
  /** What a click does; without it, it is only shown. */
  run?: () => unknown;
  /** What the click does, in words. */
  title?: string;
}

const items = new SvelteMap<string, StatusItem>();

/** Shows an item until the returned function is called. */
export function addStatusItem(item: StatusItem): () => void {
  items.set(item.id, item);
  return () => {
    if (items.get(item.id) === item) items.delete(item.id);
  };
}

export const statusItems = (): StatusItem[] => [...items.values()].sort((one, other) => one.order - other.order);
