import type { Json } from '../../api/types';
import { count, size } from '../../words/count';
import { money } from '../../words/money';
import { type Proposal, type Sorted, isFields, sortOf } from './sorts';

const LONGEST = 120;

const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);
const oneLine = (text: string): string => cut(text.slice(0, 4 * LONGEST).replaceAll(/\s+/g, ' ').trim());

/** What is wanted, in a few words: `pay Alice Chen 25.00 USD`. */
export function wanted({ intent }: Proposal): string {
  const whom = intent.payee ? [intent.payee] : (intent.payees ?? []);
  const names = whom.map(({ value }) => value.name).join(', ');
  const parts = [intent.action.replaceAll('-', ' '), names, intent.amount && money(intent.amount.value), intent.flow?.value, intent.limit?.value];
  return parts.filter(Boolean).join(' ');
}

const tenths = (number: number): string => (number / 10).toFixed(1);

/** A list or object as JSON, without writing more of it than is shown. */
function json(value: Json, room: number): string {
  if (room <= 0) return '…';
  if (typeof value === 'string') return JSON.stringify(value.length > room ? `${value.slice(0, room)}…` : value);
  if (typeof value !== 'object' || value === null) return String(value);
  const list = Array.isArray(value);
  // An object's keys are taken one by one, since there may be very many.
  let [text, many] = [list ? '[' : '{ ', 0];
  const add = (key: string, of: Json): boolean => {
    if (text.length > room) return false;
    text += `${many === 0 ? '' : ', '}${key}${json(of, room - text.length)}`;
    many += 1;
    return true;
  };
  if (list) {
    for (const of of value) if (!add('', of)) return `${text}…`;
  } else {
    for (const key in value) if (!add(`${key}: `, value[key] ?? null)) return `${text}…`;
  }
  if (many === 0) return list ? '[]' : '{}';
  return `${text}${list ? ']' : ' }'}`;
}

/** A value in one line. */
export function brief(given: Json): string {
  const it = sortOf(given);
  switch (it.sort) {
    case 'text': return it.value === '' ? 'empty text' : `“${oneLine(it.value)}”`;
    case 'money': return money(it.value);
    case 'file': return `${it.value.name}, ${size(it.value.bytes)}`;
    case 'sound': return it.value.name;
    case 'intent': return wanted(it.value);
    case 'receipt': return `${money(it.value.request.action.amount)} to ${it.value.request.action.payee_name}`;
    case 'verdict': return oneLine(`${it.value.outcome}: ${it.value.reason}`);
    case 'answer': return oneLine(`${it.value.answer}. ${it.value.verdict.reason}`);
    case 'risk': return `${tenths(it.value.score10_tenths)} of 10`;
    case 'transcript': return `“${oneLine(it.value.text)}”`;
    case 'large': return `${size(it.value.$large.bytes)}: ${oneLine(it.value.$large.preview)}`;
    case 'table': return count(it.value.length, 'row');
    case 'json': return cut(json(it.value, LONGEST));
  }
}

/** What tells most about a step comes first. */
const TELLING: readonly Sorted['sort'][] = ['receipt', 'risk', 'answer', 'verdict', 'intent', 'money', 'text', 'transcript'];

/** All that a step gave, in one line: the one value that matters most. */
export function briefOutputs(outputs: Record<string, Json>): string {
  const ports = Object.keys(outputs);
  if (ports.length === 0) return '';
  const sorts = new Map(ports.map((port) => [sortOf(outputs[port] ?? null).sort, port]));
  const telling = TELLING.flatMap((sort) => sorts.get(sort) ?? [])[0];
  return brief(outputs[telling ?? ports[0] ?? ''] ?? null);
}

/** What sort a value is, in words. */
export function sortWords(value: Json): string {
  const it = sortOf(value);
  switch (it.sort) {
    case 'table': return 'list';
    case 'large': return size(it.value.$large.bytes);
    case 'json': return Array.isArray(value) ? 'list' : isFields(value) ? 'object' : value === null ? 'nothing' : typeof value === 'boolean' ? 'yes or no' : typeof value;
    default: return it.sort;
  }
}
