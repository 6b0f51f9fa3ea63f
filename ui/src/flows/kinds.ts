import { call } from '../api/client';
import type { KindInfo } from '../api/types';

/** What a picture needs to know of node kinds, by their names. */
export type Kinds = ReadonlyMap<string, Pick<KindInfo, 'title' | 'icon'>>;

let asked: Promise<Kinds> | undefined;

/** The node kinds of the program, asked for once. Without them pictures have boxes and plain words. */
export function nodeKinds(): Promise<Kinds> {
  asked ??= call('kinds', {}).then(({ kinds }) => new Map(kinds.map((kind) => [kind.name, kind])));
  return asked.catch(() => {
    asked = undefined;
    return new Map();
  });
}
