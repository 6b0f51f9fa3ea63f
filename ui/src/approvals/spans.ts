// Parts of a text, by where they stand in it.

/** A part of a text, in UTF-16 code units, and what it is. */
export interface Span {
  what: string;
  start: number;
  end: number;
}

export interface Piece {
  text: string;
  /** What it is; `null` for what is in between. */
  what: string | null;
}

/** The text cut at the spans. Spans outside of it, and those that overlap one before, are left out. */
export function pieces(text: string, spans: readonly Span[]): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const { what, start, end } of [...spans].sort((a, b) => a.start - b.start)) {
    if (!Number.isInteger(start) || !Number.isInteger(end) || start < at || end <= start || end > text.length) continue;
    if (start > at) out.push({ text: text.slice(at, start), what: null });
    out.push({ text: text.slice(start, end), what });
    at = end;
  }
  if (at < text.length || out.length === 0) out.push({ text: text.slice(at), what: null });
  return out;
}
