// Whether a canvas is panned or zoomed just now: then the frames belong to the hand, and what only tells of a run waits a little.

import type { Busy } from '../api/pace';

let isMoving = false;
const listeners = new Set<() => void>();

export function setMoving(next: boolean): void {
  if (next === isMoving) return;
  isMoving = next;
  for (const listener of listeners) listener();
}

export const canvasMoves: Busy = {
  get isBusy() {
    return isMoving;
  },
  onChange(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
