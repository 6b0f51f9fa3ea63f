// What a frame says of itself on the canvas.

import type { FrameKind } from '../document/flow';
import { count, grouped } from '../words/count';
import type { Rounds } from './run-view';

/** How far it has come: "3 of 5, 1 failed", "round 3". */
export function roundWords(kind: FrameKind, { begun, of, over, failed }: Rounds): string {
  if (kind === 'repeat') return `${count(begun, 'round')}${failed.length > 0 ? ', failed' : ''}`;
  return `${grouped(over)} of ${grouped(Math.max(of ?? begun, begun))}${failed.length > 0 ? `, ${grouped(failed.length)} failed` : ''}`;
}

/** What an iteration is called. */
export const roundName = (kind: FrameKind, round: number): string => `${kind === 'repeat' ? 'Round' : 'Element'} ${grouped(round + 1)}`;
