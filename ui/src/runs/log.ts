import type { Moment } from '../api/types';
import { withoutIterations } from './fold';

export interface LogFilter {
  /** A node as in `weekly/report`; empty for all. */
  node: string;
  /** The least level. */
  level: Moment['level'];
  text: string;
}

export const LEVELS: readonly Moment['level'][] = ['info', 'warn', 'error'];

/** The moments that a filter leaves, up to one of them. */
export function logged(moments: readonly Moment[], upTo: number, { node, level, text }: LogFilter): Moment[] {
  const wanted = text.trim().toLowerCase();
  const least = LEVELS.indexOf(level);
  return moments.filter((moment, index) => index <= upTo
    && LEVELS.indexOf(moment.level) >= least
    && (node === '' || (moment.path !== undefined && withoutIterations(moment.path) === node))
    && (wanted === '' || `${moment.text} ${moment.path ?? ''} ${moment.event}`.toLowerCase().includes(wanted)));
}

/** A time since the start to the millisecond: `0:47.912`, `1:02:03.004`. */
export function stamp(offset: number): string {
  const ms = Math.max(0, Math.floor(offset));
  const [hours, minutes, seconds] = [Math.floor(ms / 3_600_000), Math.floor(ms / 60_000) % 60, Math.floor(ms / 1000) % 60];
  const rest = `${String(seconds).padStart(2, '0')}.${String(ms % 1000).padStart(3, '0')}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}
