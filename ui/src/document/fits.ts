// Which wire fits: `flow::Type::fits`, and why one does not, in words.

import type { Port } from '../api/types';

export const SIMPLE_TYPES = ['any', 'text', 'number', 'bool', 'json', 'money', 'intent', 'verdict', 'receipt', 'file', 'audio'] as const;

/** What a list is of, if the type is one. */
export function elementOf(type: string): string | undefined {
  return type.startsWith('list<') && type.endsWith('>') ? type.slice(5, -1) : undefined;
}

/** Whether a value of one type may go into a port of another. */
export function fits(from: string, into: string): boolean {
  if (from === into || from === 'any' || into === 'any') return true;
  const [of, intoOf] = [elementOf(from), elementOf(into)];
  if (of !== undefined) return intoOf !== undefined ? fits(of, intoOf) : into === 'json' && fits(of, 'json');
  if (from === 'audio' && into === 'file') return true;
  return into === 'json' && from !== 'audio' && from !== 'file';
}

const A: Record<string, string> = {
  any: 'any value', text: 'text', number: 'a number', bool: 'yes or no', json: 'JSON', money: 'money', intent: 'an intent',
  verdict: 'a verdict', receipt: 'a receipt', file: 'a file', audio: 'a sound',
};
const MANY: Record<string, string> = {
  any: 'values', text: 'texts', number: 'numbers', bool: 'yes-or-no values', json: 'JSON values', money: 'amounts', intent: 'intents',
  verdict: 'verdicts', receipt: 'receipts', file: 'files', audio: 'sounds',
};

/** A type in words: "a list of amounts". */
export function typeWords(type: string): string {
  const of = elementOf(type);
  if (of === undefined) return A[type] ?? type;
  return `a list of ${MANY[of] ?? `${typeWords(of)} each`}`;
}

/** Why a wire does not fit, or `undefined` where it does. */
export function whyNot(output: Pick<Port, 'name' | 'type'>, input: Pick<Port, 'name' | 'type'>): string | undefined {
  if (fits(output.type, input.type)) return undefined;
  return `“${output.name}” gives ${typeWords(output.type)}, but “${input.name}” takes ${typeWords(input.type)}.`;
}
