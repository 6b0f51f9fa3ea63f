// The picture of each built-in node kind. A kind that is not known here is a box.

import AudioLines from '@lucide/svelte/icons/audio-lines';
import BookUser from '@lucide/svelte/icons/book-user';
import Box from '@lucide/svelte/icons/box';
import Braces from '@lucide/svelte/icons/braces';
import CircleDollarSign from '@lucide/svelte/icons/circle-dollar-sign';
import Clock from '@lucide/svelte/icons/clock';
import Gauge from '@lucide/svelte/icons/gauge';
import GitBranch from '@lucide/svelte/icons/git-branch';
import GitMerge from '@lucide/svelte/icons/git-merge';
import Globe from '@lucide/svelte/icons/globe';
import Hand from '@lucide/svelte/icons/hand';
import LogIn from '@lucide/svelte/icons/log-in';
import LogOut from '@lucide/svelte/icons/log-out';
import Quote from '@lucide/svelte/icons/quote';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import StickyNote from '@lucide/svelte/icons/sticky-note';
import Type from '@lucide/svelte/icons/type';
import Workflow from '@lucide/svelte/icons/workflow';

type Glyph = typeof Box;

const GLYPHS: Record<string, Glyph> = {
  'address-book': BookUser, approval: Hand, branch: GitBranch, delay: Clock, http: Globe, input: LogIn, log: ScrollText, merge: GitMerge,
  note: StickyNote, output: LogOut, 'parse-intent': Quote, pay: CircleDollarSign, 'risk-score': Gauge, set: Braces, 'sub-flow': Workflow,
  template: Type, transcribe: AudioLines,
};

export const kindGlyph = (kind: string): Glyph => GLYPHS[kind] ?? Box;
