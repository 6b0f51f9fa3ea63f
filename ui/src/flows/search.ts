// What `flow.search` found, made ready to be listed.

import type { Hit } from '../api/types';
import { fieldWords } from './changes';

export interface HitGroup {
  readonly flow: string;
  readonly name: string;
  readonly hits: readonly Hit[];
}

/** Hits by flow, in their order. Those that only repeat a flow's own name are left out: the tree shows them. */
export function hitGroups(hits: readonly Hit[]): HitGroup[] {
  const groups = new Map<string, Hit[]>();
  for (const hit of hits) {
    if (hit.node == null && hit.place === 'name') continue;
    groups.set(hit.flow, [...(groups.get(hit.flow) ?? []), hit]);
  }
  return [...groups].map(([flow, found]) => ({ flow, name: found[0]?.name ?? flow, hits: found }));
}

/** Where in a flow or node it is: `name`, `text`, `ports › 1 › help`. */
export const placeWords = (hit: Hit): string => (hit.place.startsWith('/') ? fieldWords(hit.place) : hit.place);

/** A text in pieces, those that are what was looked for marked. */
export function pieces(text: string, wanted: string): { text: string; found: boolean }[] {
  const words = wanted.trim().toLowerCase();
  const lower = text.toLowerCase();
  // Where lower case changes the length, places don't match, and nothing is marked.
  if (words === '' || lower.length !== text.length) return [{ text, found: false }];
  const parts: { text: string; found: boolean }[] = [];
  let from = 0;
  for (let at = lower.indexOf(words); at >= 0; at = lower.indexOf(words, from)) {
    if (at > from) parts.push({ text: text.slice(from, at), found: false });
    from = at + words.length;
    parts.push({ text: text.slice(at, from), found: true });
  }
  if (from < text.length) parts.push({ text: text.slice(from), found: false });
  return parts;
}
