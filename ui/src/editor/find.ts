// Find in a flow: by name, kind, id, what it says, or a word of its config.

import type { Card } from '../canvas/card';
import type { FrameBox } from '../canvas/frame-box';

/** The ids of the cards and frames that have all words, those whose title has the first one before others. */
export function findNodes(cards: readonly (Card | FrameBox)[], text: string): string[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const [first] = words;
  if (first === undefined) return [];
  const hits: { id: string; rank: number }[] = [];
  for (const card of cards) {
    const { id, shape } = card;
    const node = 'node' in card ? card.node : card.frame;
    const title = shape.title.toLowerCase();
    const near = `${title} ${node.kind} ${id} ${shape.says}`.toLowerCase();
    const all = words.every((word) => near.includes(word)) ? near : `${near} ${JSON.stringify(node.config).toLowerCase()}`;
    if (words.every((word) => all.includes(word))) hits.push({ id, rank: title.startsWith(first) ? 0 : title.includes(first) ? 1 : 2 });
  }
  return hits.sort((a, b) => a.rank - b.rank).map((hit) => hit.id);
}
