// Values that are set by hand for a new run: what can be set, and what is sent of it.

import type { RequestOf } from '../../api/contract';
import type { Json } from '../../api/types';
import { isExactText, numberText, writeJson } from '../../document/exact';
import type { Outputs } from '../types';

export type SetByHand = NonNullable<RequestOf<'rerun'>['set']>[number];

/** A value that a step gave, which can be another one in the new run. */
export interface Settable {
  id: string;
  path: string;
  port: string;
  value: Json;
}

/** What was set, by the ids of what can be; `undefined` where what is written is no value yet. */
export type Edits = Readonly<Record<string, Json | undefined>>;

/** All that the steps before gave. */
export function settables(paths: readonly string[], given: (path: string) => Outputs | undefined): Settable[] {
  return paths.flatMap((path) => Object.entries(given(path) ?? {}).map(([port, value]) => ({ id: `${path} ${port}`, path, port, value })));
}

/** What is sent: a step of which one value is set gives its others as it gave them. `whole` asks for large ones. */
export async function asSet(all: readonly Settable[], edits: Edits, whole: (one: Settable) => Promise<Json>): Promise<SetByHand[]> {
  const touched = new Set(all.filter(({ id }) => id in edits).map(({ path }) => path));
  const sent = all.filter(({ path }) => touched.has(path));
  return Promise.all(sent.map(async (one) => ({ path: one.path, port: one.port, value: edits[one.id] ?? (one.id in edits ? null : await whole(one)) })));
}

/** A value as it is sent: with plain numbers. `undefined` where that would change one. */
export function plain(value: Json): Json | undefined {
  return isChanged(value) ? undefined : (JSON.parse(writeJson(value)) as Json);
}

/** Whether a whole number in it is too large for what goes over the wire. */
function isChanged(value: Json): boolean {
  if (isExactText(value)) return /^-?\d+$/.test(numberText(value) ?? '');
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some(isChanged);
}
