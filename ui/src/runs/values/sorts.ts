// What a value on a wire is, by its shape. The program writes these shapes; anything else is shown as JSON.

import type { Amount, Digest, Json, LargeValue, Pay, TimedWord, Verdict } from '../../api/types';
import { isAmount } from '../../words/money';

/** What a wire of type `file` or `audio` carries. */
export interface FileValue {
  name: string;
  media: string;
  bytes: number;
  digest: Digest;
}

/** A range of bytes of the UTF-8 text. */
export interface ByteSpan {
  start: number;
  end: number;
}

export interface Slot<T> {
  value: T;
  span: ByteSpan;
  confidence: number;
}

interface Named {
  id: string;
  name: string;
}

/** What a wire of type `intent` carries: what is wanted, and the words it came from. */
export interface Proposal {
  intent: {
    action: string;
    amount?: Slot<Amount>;
    payee?: Slot<Named>;
    payees?: Slot<Named>[];
    purpose?: Slot<string> | null;
    limit?: Slot<string>;
    asset?: Slot<string> | null;
    flow?: Slot<string>;
  };
  text: string;
  confidence_milli: number;
  spoken: boolean;
}

export interface Receipt {
  request: { key: Digest; run?: string; path?: string; action: Pay };
  request_digest: Digest;
  verdict: Verdict;
  prompt?: string;
  decisions: Digest[];
  surfaces: string[];
  hold: string;
  transfer: string;
  at: number;
  confirmed?: { note: string; profile: string; decision: Digest; at: number };
}

/** What an approval gives: the answer, and what the gate had said. */
export interface Answer {
  answer: string;
  verdict: Verdict;
}

export interface Risk {
  score10_tenths: number;
  factors: { name: string; tenths: number; reason: string }[];
}

export interface Transcript {
  text: string;
  words: (Pick<TimedWord, 'text' | 'confidence'> & Partial<TimedWord>)[];
  confidence: number;
  duration_ms?: number;
  model?: { name: string };
}

type Fields = Record<string, Json>;

/** A value with what it is. */
export type Sorted =
  | { sort: 'large'; value: LargeValue }
  | { sort: 'money'; value: Amount }
  | { sort: 'sound' | 'file'; value: FileValue }
  | { sort: 'intent'; value: Proposal }
  | { sort: 'receipt'; value: Receipt }
  | { sort: 'verdict'; value: Verdict }
  | { sort: 'answer'; value: Answer }
  | { sort: 'risk'; value: Risk }
  | { sort: 'transcript'; value: Transcript }
  | { sort: 'table'; value: Fields[] }
  | { sort: 'text'; value: string }
  | { sort: 'json'; value: Json };

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const has = (value: Fields, ...keys: string[]): boolean => keys.every((key) => key in value);

const isFile = (value: Fields): boolean =>
  typeof value.name === 'string' && typeof value.media === 'string' && typeof value.bytes === 'number' && typeof value.digest === 'string';

const isList = (value: Json | undefined): boolean => Array.isArray(value);

const isVerdict = (value: Fields): boolean => has(value, 'outcome', 'reason') && isList(value.lines);

function isRequest(value: Json | undefined): boolean {
  const action = isFields(value) ? value.action : undefined;
  return isFields(action) && action.type === 'pay' && isAmount(action.amount);
}

/** Whether a list is worth a table: several objects. */
const isRows = (value: Json[]): boolean => value.length > 0 && value.slice(0, 50).every(isFields) && Object.keys(value[0] ?? {}).length > 0;

export function sortOf(value: Json): Sorted {
  // The checks above each case make the shape sure.
  const as = (sort: Sorted['sort']): Sorted => ({ sort, value }) as unknown as Sorted;
  if (typeof value === 'string') return as('text');
  if (Array.isArray(value)) return as(isRows(value) ? 'table' : 'json');
  if (!isFields(value)) return as('json');
  if (isFields(value.$large)) return as('large');
  if (isAmount(value)) return as('money');
  if (isFile(value)) return as(String(value.media).startsWith('audio/') ? 'sound' : 'file');
  if (has(value, 'confidence_milli', 'text') && isFields(value.intent) && typeof value.intent.action === 'string') return as('intent');
  if (isRequest(value.request) && has(value, 'request_digest', 'hold', 'transfer') && isList(value.decisions)) return as('receipt');
  if (isVerdict(value)) return as('verdict');
  if (typeof value.answer === 'string' && isFields(value.verdict) && isVerdict(value.verdict)) return as('answer');
  if (typeof value.score10_tenths === 'number' && isList(value.factors)) return as('risk');
  if (typeof value.text === 'string' && isList(value.words) && typeof value.confidence === 'number') return as('transcript');
  return as('json');
}
