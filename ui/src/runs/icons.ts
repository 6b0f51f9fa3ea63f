// The icons of the node kinds. A kind names a lucide icon; those that are known are here, so that the first view stays small.

import AudioLines from '@lucide/svelte/icons/audio-lines';
import BookUser from '@lucide/svelte/icons/book-user';
import Bot from '@lucide/svelte/icons/bot';
import Box from '@lucide/svelte/icons/box';
import Braces from '@lucide/svelte/icons/braces';
import CircleDollarSign from '@lucide/svelte/icons/circle-dollar-sign';
import Clock from '@lucide/svelte/icons/clock';
import Code from '@lucide/svelte/icons/code';
import FileText from '@lucide/svelte/icons/file-text';
import Flag from '@lucide/svelte/icons/flag';
import Gauge from '@lucide/svelte/icons/gauge';
import GitBranch from '@lucide/svelte/icons/git-branch';
import GitMerge from '@lucide/svelte/icons/git-merge';
import Globe from '@lucide/svelte/icons/globe';
import Hand from '@lucide/svelte/icons/hand';
import LifeBuoy from '@lucide/svelte/icons/life-buoy';
import LogIn from '@lucide/svelte/icons/log-in';
import LogOut from '@lucide/svelte/icons/log-out';
import Quote from '@lucide/svelte/icons/quote';
import Repeat2 from '@lucide/svelte/icons/repeat-2';
import RotateCw from '@lucide/svelte/icons/rotate-cw';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import Shapes from '@lucide/svelte/icons/shapes';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import SquareDashed from '@lucide/svelte/icons/square-dashed';
import StickyNote from '@lucide/svelte/icons/sticky-note';
import Type from '@lucide/svelte/icons/type';
import Vote from '@lucide/svelte/icons/vote';
import Workflow from '@lucide/svelte/icons/workflow';
import type { Icon } from '../words/state';

const ICONS: Record<string, Icon> = {
  'audio-lines': AudioLines, 'book-user': BookUser, bot: Bot, box: Box, braces: Braces, 'circle-dollar-sign': CircleDollarSign, clock: Clock,
  code: Code, 'file-text': FileText, flag: Flag, gauge: Gauge, 'git-branch': GitBranch, 'git-merge': GitMerge, globe: Globe, hand: Hand, 'life-buoy': LifeBuoy, 'log-in': LogIn, 'log-out': LogOut,
  quote: Quote, 'repeat-2': Repeat2, 'rotate-cw': RotateCw, 'scroll-text': ScrollText, 'shield-check': ShieldCheck, 'square-dashed': SquareDashed, 'sticky-note': StickyNote, type: Type, vote: Vote, workflow: Workflow,
};

/** The icon of a kind; a plain shape for one that is not known here. */
export const kindIcon = (name: string | undefined): Icon => ICONS[name ?? ''] ?? Shapes;
