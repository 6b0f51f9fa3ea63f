// JSON whose numbers are kept as they are written. A number that JavaScript would change (9007199254740993, 1.0, 1e400) is held as a text
// behind a mark that no text of a document can begin with, since it is half of a character; written again, it is the number it was.

import type { Json } from '../api/types';

const MARK = '\udbff';
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Strings, which are left alone, and numbers. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/gs;
/** Most documents have no such number, and need not be gone through. */
const SUSPECT = /\d{16}|\d[.eE]|-0/;
const WRITTEN = /"\\udbff(-?[\d.eE+-]+)"/g;

/** A number that is written so, exactly. */
export const exactNumber = (text: string): Json => (JSON.stringify(Number(text)) === text ? Number(text) : MARK + text);

export const isExactText = (value: unknown): value is string => typeof value === 'string' && value.startsWith(MARK);
export const isNumber = (value: unknown): boolean => typeof value === 'number' || isExactText(value);
export const isNumberText = (text: string): boolean => NUMBER.test(text);

/** A number's digits as they are written; `undefined` where it is none. */
export function numberText(value: unknown): string | undefined {
  if (isExactText(value)) return value.slice(MARK.length);
  return typeof value === 'number' ? String(value) : undefined;
}

/** Reads JSON. Throws `SyntaxError`. */
export function readJson(text: string): Json {
  if (!SUSPECT.test(text)) return JSON.parse(text) as Json;
  const kept = text.replace(TOKENS, (token) => {
    if (token.startsWith('"') || !NUMBER.test(token)) return token;
    return JSON.stringify(exactNumber(token));
  });
  try {
    return JSON.parse(kept) as Json;
  } catch {
    // What is wrong is told of the text as it is.
    return JSON.parse(text) as Json;
  }
}

/** Writes JSON. */
export function writeJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, null, indent) as string | undefined;
  if (text === undefined) return '';
  return text.includes('\\udbff') ? text.replace(WRITTEN, '$1') : text;
}
