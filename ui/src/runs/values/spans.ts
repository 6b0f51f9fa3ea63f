// Where in a sentence each part of an intent was said. The program counts bytes of UTF-8, a browser counts UTF-16.

import type { ByteSpan, Proposal } from './sorts';

export type SlotName = 'action' | 'amount' | 'payee' | 'purpose' | 'flow' | 'limit';

export interface Piece {
  text: string;
  slot: SlotName | null;
  /** From 0 to 1. */
  confidence: number;
}

/** The place in a string of a byte of its UTF-8. */
export function placeOfByte(text: string, byte: number): number {
  let [bytes, place] = [0, 0];
  for (const character of text) {
    if (bytes >= byte) return place;
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x1_0000 ? 3 : 4;
    place += character.length;
  }
  return place;
}

interface Marked {
  slot: SlotName;
  span: ByteSpan;
  confidence: number;
}

/** The sentence in pieces: the words of each part, and what lies between. */
export function piecesOf({ intent, text }: Proposal): Piece[] {
  const marked: Marked[] = [];
  const mark = (slot: SlotName, it: { span: ByteSpan; confidence: number } | null | undefined): void => {
    if (it && it.span.end > it.span.start) marked.push({ slot, span: it.span, confidence: it.confidence });
  };
  mark('amount', intent.amount);
  for (const payee of intent.payee ? [intent.payee] : (intent.payees ?? [])) mark('payee', payee);
  mark('purpose', intent.purpose);
  mark('flow', intent.flow);
  mark('limit', intent.limit);
  marked.sort((a, b) => a.span.start - b.span.start);
  const pieces: Piece[] = [];
  let at = 0;
  const plain = (to: number): void => {
    if (to > at) pieces.push({ text: text.slice(at, to), slot: null, confidence: 1 });
  };
  for (const { slot, span, confidence } of marked) {
    const [from, to] = [placeOfByte(text, span.start), placeOfByte(text, span.end)];
    if (from < at || to <= from) continue;
    plain(from);
    pieces.push({ text: text.slice(from, to), slot, confidence });
    at = to;
  }
  plain(text.length);
  return pieces;
}
