// The inputs of a flow's run: what its input nodes ask for, and what was filled in, as the program wants it.

import type { Json, Port, RunInput } from '../api/types';
import { size } from '../words/count';
import { isAmount, money } from '../words/money';
import type { Flow } from '../document/flow';
import { numberText, writeJson } from '../document/exact';
import { elementOf } from '../document/fits';

/** What an input field holds. A file is held as what is sent, so that a set of inputs can be kept. */
export type Filled = { text: string } | { file: Upload };

/** A file that goes along with a request. */
export interface Upload {
  name: string;
  media: string;
  base64: string;
}

export interface Asked extends Port {
  hasDefault: boolean;
}

/** What the flow's input nodes ask for, in order. */
export function askedBy(flow: Flow): Asked[] {
  const seen = new Set<string>();
  return [...flow.nodes.values()].filter((node) => node.kind === 'input').flatMap((node) => {
    const { ports } = node.config;
    if (!Array.isArray(ports)) return [];
    return ports.flatMap((port): Asked[] => {
      if (typeof port !== 'object' || port === null || Array.isArray(port) || typeof port.name !== 'string' || seen.has(port.name)) return [];
      seen.add(port.name);
      const hasDefault = port.default !== undefined;
      return [{
        name: port.name, type: typeof port.type === 'string' ? port.type : 'any', help: typeof port.help === 'string' ? port.help : '',
        required: port.required !== false && !hasDefault, many: false, hasDefault, ...(hasDefault && { default: port.default as Json }),
      }];
    });
  });
}

/** A default as it is written in a field. */
export function written(value: Json | undefined): string {
  if (value === undefined) return '';
  const digits = numberText(value);
  if (digits !== undefined) return digits;
  if (typeof value === 'string') return value;
  if (isAmount(value)) return money(value);
  return writeJson(value);
}

export const takesFile = (type: string): boolean => type === 'audio' || type === 'file';
export const takesLines = (type: string): boolean => elementOf(type) !== undefined || ['json', 'any', 'intent', 'verdict', 'receipt'].includes(type);

/** What is wrong with what was filled in, before the program is asked. */
export function filledProblem(asked: Asked, filled: Filled | undefined): string | undefined {
  if (filled && 'file' in filled) return undefined;
  const text = filled?.text.trim() ?? '';
  if (takesFile(asked.type)) return asked.required ? 'Choose a file.' : undefined;
  if (text === '') return asked.required && asked.type !== 'text' ? 'This is needed.' : undefined;
  if (asked.type === 'number' && !Number.isFinite(Number(text))) return 'Write a number such as 12.5.';
  if (asked.type === 'money' && !/^\d+(\.\d+)? +\S+$/.test(text)) return 'Write an amount and its asset, such as 25.00 USD.';
  if (elementOf(asked.type) !== undefined || asked.type === 'json') {
    try {
      const value: unknown = JSON.parse(text);
      if (elementOf(asked.type) !== undefined && !Array.isArray(value)) return 'Write a JSON array, such as ["a", "b"].';
    } catch {
      return 'This is not JSON; text stands in double quotation marks.';
    }
  }
  return undefined;
}

/** The inputs as `run` takes them. What is left empty and need not be there is left out. */
export function runInputs(asked: readonly Asked[], filled: Readonly<Record<string, Filled>>): RunInput[] {
  return asked.flatMap((port): RunInput[] => {
    const value = filled[port.name];
    if (value && 'file' in value) return [{ name: port.name, value: { file: value.file } }];
    const text = value?.text ?? '';
    if (text.trim() === '' && !(port.required && port.type === 'text')) return [];
    return [{ name: port.name, value: { text: port.type === 'text' ? text : text.trim() } }];
  });
}

/** Kept sets of inputs: by name, and the last one used. */
export interface KeptSets {
  last?: Record<string, Filled>;
  sets: Record<string, Record<string, Filled>>;
}

/** A file larger than this is not kept with a set; it would be written at each change. */
const MOST_KEPT = 512 * 1024;

/** A set as it is kept: without large files. */
export const keepable = (filled: Readonly<Record<string, Filled>>): Record<string, Filled> =>
  Object.fromEntries(Object.entries(filled).filter(([, value]) => !('file' in value) || value.file.base64.length <= MOST_KEPT));

/** A file in words: `send.wav, 130 KiB`. */
export const uploadWords = ({ name, base64 }: Upload): string => `${name}, ${size(Math.floor(base64.length * 0.75))}`;

export async function readUpload(file: File): Promise<Upload> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000) binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  const media = file.type || (file.name.endsWith('.wav') ? 'audio/wav' : 'application/octet-stream');
  return { name: file.name, media: media === 'audio/x-wav' ? 'audio/wav' : media, base64: btoa(binary) };
}
