// Where what a step gives is from, in words, where this run did not carry it out.

import Copy from '@lucide/svelte/icons/copy';
import PencilLine from '@lucide/svelte/icons/pencil-line';
import type { Icon, Tone } from '../words/state';
import type { Origin } from './fold';
import { shortRun } from './names';

export interface OriginWords {
  word: string;
  icon: Icon;
  tone: Tone;
  /** What that means. */
  says: string;
}

export function originWords(origin: Origin): OriginWords {
  if (origin.from === 'hand') {
    return { word: 'set by hand', icon: PencilLine, tone: 'warn', says: 'Somebody set what this step gives; it was not carried out. No payment and no write rests on that unless a person says yes.' };
  }
  return { word: 'copied', icon: Copy, tone: 'text-2', says: `Copied from run ${shortRun(origin.run)}; the step was not carried out again.` };
}
