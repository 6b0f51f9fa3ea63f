// A run gone through on another version, on paper: its steps in words, and how many differ.

import CircleStop from '@lucide/svelte/icons/circle-stop';
import Equal from '@lucide/svelte/icons/equal';
import History from '@lucide/svelte/icons/history';
import Minus from '@lucide/svelte/icons/minus';
import Pencil from '@lucide/svelte/icons/pencil';
import Plus from '@lucide/svelte/icons/plus';
import type { ResponseOf } from '../../api/contract';
import { grouped } from '../../words/count';
import type { Icon, Tone } from '../../words/state';
import { briefOutputs } from '../values/brief';

export type Rehearsal = ResponseOf<'rehearse'>;
export type Rehearsed = Rehearsal['steps'][number];
export type Difference = Rehearsed['what'];

interface Words {
  word: string;
  icon: Icon;
  tone: Tone;
  /** In a line that counts: `2 changed`. */
  counted: string;
  says: string;
}

const WORDS: Record<Difference, Words> = {
  changed: { word: 'Changed', icon: Pencil, tone: 'warn', counted: 'changed', says: 'It gives something else than it gave then.' },
  new: { word: 'New', icon: Plus, tone: 'ok', counted: 'new', says: 'It did not run then.' },
  gone: { word: 'Gone', icon: Minus, tone: 'danger', counted: 'gone', says: 'It does not run on this version.' },
  stopped: { word: 'Stops here', icon: CircleStop, tone: 'warn', counted: 'stopped', says: 'It would do something outside, or ask somebody, and no result of that is known. Nothing was carried out, so it goes no further here.' },
  stale: { word: 'Not redone', icon: History, tone: 'warn', counted: 'not redone', says: 'It is given something else now. It stands here with what it gave then, since nothing is carried out.' },
  same: { word: 'The same', icon: Equal, tone: 'text-3', counted: 'the same', says: 'It gives what it gave then.' },
};
const ORDER = Object.keys(WORDS) as Difference[];

export const differenceWords = (what: Difference): Words => WORDS[what];

/** `2 changed, 1 new, 12 the same`. */
export function summary(steps: readonly Pick<Rehearsed, 'what'>[]): string {
  const parts = ORDER.flatMap((what) => {
    const many = steps.filter((step) => step.what === what).length;
    return many === 0 ? [] : [`${grouped(many)} ${WORDS[what].counted}`];
  });
  return parts.join(', ');
}

export const differing = <T extends Pick<Rehearsed, 'what'>>(steps: readonly T[]): T[] => steps.filter(({ what }) => what !== 'same');

/** What a side gave, in one line; `undefined` where it did not run. */
export function gave(step: Rehearsed, side: 'was' | 'now'): string | undefined {
  if (side === 'now' && step.error !== null) return step.error;
  const values = step[side];
  return values === null ? undefined : briefOutputs(values) || 'gave nothing';
}

const ENDINGS: Record<string, string> = { completed: 'It would end as done.', cancelled: 'It would end as cancelled.' };

/** How it would end. */
export function endingWords({ ending }: Pick<Rehearsal, 'ending'>, title: (path: string) => string): string {
  if (!ending) return '';
  if (!ending.failure) return ENDINGS[ending.ending] ?? 'It would fail.';
  return `It would fail at ${title(ending.failure.path)}: ${ending.failure.message}`;
}
