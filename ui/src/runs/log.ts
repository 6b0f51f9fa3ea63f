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
