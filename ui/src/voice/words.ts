// What is shown of words that were heard, and what is said when none were.

import type { ApiFailure } from '../api/failure';
import type { TimedWord } from '../api/types';

/** Below this a word is doubtful, and dotted. */
export const SURE = 0.7;

export interface SpokenPiece {
  text: string;
  /** What it says of the payment. */
  what: string | null;
  doubtful: boolean;
  title: string;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;

export const wordTitle = (word: TimedWord): string =>
  `${seconds(word.start_ms)} to ${seconds(word.end_ms)}, ${Math.round(word.confidence * 100)} % sure`;

/** Each word with the part it belongs to, cut where a part ends inside of it: the full stop belongs to none. */
export function spokenPieces(text: string, words: readonly TimedWord[], spans: readonly { what: string; start: number; end: number }[]): SpokenPiece[] {
  const out: SpokenPiece[] = [];
  const add = (from: number, to: number, word?: TimedWord): void => {
    const cuts = spans.flatMap(({ start, end }) => [start, end]).filter((cut) => cut > from && cut < to);
    let at = from;
    for (const cut of [...new Set([...cuts, to])].sort((a, b) => a - b)) {
      if (cut <= at) continue;
      const what = spans.find(({ start, end }) => at >= start && at < end)?.what ?? null;
      out.push({ text: text.slice(at, cut), what, doubtful: word !== undefined && word.confidence < SURE, title: word ? wordTitle(word) : '' });
      at = cut;
    }
  };
  let at = 0;
  for (const word of words) {
    const found = text.indexOf(word.text, at);
    if (found < 0) continue;
    add(at, found);
    add(found, found + word.text.length, word);
    at = found + word.text.length;
  }
  add(at, text.length);
  return out;
}

const SPEECH: Record<string, string> = {
  VOICE_BAD_WAV: 'This is no sound file that can be read',
  VOICE_TOO_SHORT: 'The recording is too short',
  VOICE_TOO_LONG: 'The recording is too long',
  VOICE_TOO_MANY_WORDS: 'That is too much for one recording',
  VOICE_SILENT: 'The recording is silent',
  VOICE_NO_SPEECH: 'Nobody speaks in this recording',
  VOICE_BAD_MODEL: 'The speech model can’t be used',
  VOICE_CHILD: 'The transcriber stopped',
  VOICE_TIMEOUT: 'The transcriber took too long',
};

/** The title of what went wrong with a recording. */
export function speechTitle(failure: ApiFailure): string | undefined {
  const { details } = failure;
  const code = typeof details === 'object' && details !== null && 'code' in details ? String(details.code) : '';
  return SPEECH[code];
}
