// The inputs of one node that is run alone: what is written in a field, as the value that a wire would carry.

import type { Json, Port } from '../api/types';
import { elementOf } from '../document/fits';
import { amountOf, decimals, exactDigits, isAmount } from '../words/money';
import { type Upload, takesFile } from './run-inputs';

/** What a field holds: words, or a value as a run had it, which is sent as it is. */
export type NodeInput = { text: string } | { value: Json } | { file: Upload };

/** A field's value, or what is wrong with it. `undefined` as the value means that nothing is given. */
export type ReadInput = { value: Json | undefined } | { file: Upload } | { problem: string };

/** What a node that is run alone is given. */
export interface Given {
  values: Record<string, Json>;
  files: Record<string, Upload>;
}

const parsed = (text: string): { json: Json } | undefined => {
  try {
    return { json: JSON.parse(text) as Json };
  } catch {
    return undefined;
  }
};

function amount(text: string): Json | undefined {
  const [, whole, fraction = '', asset] = /^(\d+)(?:\.(\d+))? +(\S+)$/.exec(text) ?? [];
  if (whole === undefined || asset === undefined || fraction.length > decimals(asset)) return undefined;
  return { ...amountOf(BigInt(whole + fraction.padEnd(decimals(asset), '0')), asset) };
}

/** Reads what was written for a port. */
export function readInput(port: Pick<Port, 'type' | 'required'>, input: NodeInput | undefined): ReadInput {
  if (input && ('value' in input || 'file' in input)) return input;
  const text = input?.text ?? '';
  if (port.type === 'text') return { value: text === '' && !port.required ? undefined : text };
  const trimmed = text.trim();
  if (trimmed === '') return port.required ? { problem: takesFile(port.type) ? 'Choose a file.' : 'This is needed.' } : { value: undefined };
  if (port.type === 'bool') return { value: trimmed === 'true' };
  if (port.type === 'number') {
    const number = Number(trimmed);
    if (!Number.isFinite(number)) return { problem: 'Write a number such as 12.5.' };
    return /^-?\d+$/.test(trimmed) && !Number.isSafeInteger(number) ? { problem: 'This is too large to be passed on exactly.' } : { value: number };
  }
  if (port.type === 'money') {
    const value = amount(trimmed);
    return value === undefined ? { problem: 'Write an amount and its asset, such as 25.00 USD.' } : { value };
  }
  const found = parsed(trimmed);
  if (port.type === 'any') return { value: found ? found.json : text };
  if (!found) return { problem: 'This is not JSON; text stands in double quotation marks.' };
  if (elementOf(port.type) !== undefined && !Array.isArray(found.json)) return { problem: 'Write a JSON array, such as ["a", "b"].' };
  return { value: found.json };
}

/** A value that a run had, in a field: in words where it can be changed there, else as it is. */
export function keptInput(type: string, value: Json): NodeInput {
  if (takesFile(type)) return { value };
  if (type === 'money') return isAmount(value) && !value.minor.startsWith('-') ? { text: `${exactDigits(value)} ${value.asset}` } : { value };
  if (type === 'text') return typeof value === 'string' ? { text: value } : { value };
  if (type === 'number' || type === 'bool') return { text: String(value) };
  // Text that reads as JSON would come back as something else.
  if (type === 'any' && typeof value === 'string' && !parsed(value.trim())) return { text: value };
  return { text: JSON.stringify(value, null, 2) };
}
