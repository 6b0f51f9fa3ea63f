import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Busy, Pace } from './pace';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

class Moves implements Busy {
  #isBusy = false;
  #listeners = new Set<() => void>();
  get isBusy(): boolean {
    return this.#isBusy;
  }
  set isBusy(next: boolean) {
    this.#isBusy = next;
    for (const listener of this.#listeners) listener();
  }
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** What came, in the pieces in which it was taken in, with the time of each. */
function taking(): { moves: Moves; come: (item: number) => void; pieces: { at: number; items: number[] }[]; pace: Pace } {
  const moves = new Moves();
  const pieces: { at: number; items: number[] }[] = [];
  let waiting: number[] = [];
  const pace = new Pace(() => {
    pieces.push({ at: performance.now(), items: waiting });
    waiting = [];
  }, moves);
  const come = (item: number): void => {
    waiting.push(item);
    pace.come();
  };
  return { moves, come, pieces, pace };
}

describe('the pace at which things are taken in', () => {
  test('is theirs while nothing else needs the frames', () => {
    const { come, pieces } = taking();
    for (let item = 0; item < 20; item += 1) {
      come(item);
      vi.advanceTimersByTime(16);
    }
    expect(pieces.map(({ items }) => items)).toEqual(Array.from({ length: 20 }, (_, item) => [item]));
  });

  test('is at most each 120 ms while it is busy, and nothing is lost or comes in another order', () => {
    const { moves, come, pieces } = taking();
    moves.isBusy = true;
    for (let item = 0; item < 100; item += 1) {
      come(item);
      vi.advanceTimersByTime(16);
    }
    vi.advanceTimersByTime(120);
    expect(pieces.flatMap(({ items }) => items)).toEqual(Array.from({ length: 100 }, (_, item) => item));
    const gaps = pieces.slice(1).map(({ at }, before) => at - (pieces[before]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(120);
    // The first is taken in at once, and the last as soon as it may be.
    expect(pieces[0]?.items).toEqual([0]);
    expect(pieces).toHaveLength(15);
  });

  test('what waits is taken in as soon as it ends', () => {
    const { moves, come, pieces } = taking();
    moves.isBusy = true;
    [1, 2, 3].forEach(come);
    expect(pieces.map(({ items }) => items)).toEqual([[1]]);
    moves.isBusy = false;
    come(4);
    expect(pieces.map(({ items }) => items)).toEqual([[1], [2, 3], [4]]);
    vi.advanceTimersByTime(500);
    expect(pieces).toHaveLength(3);
  });

  test('nothing comes any more when it is stopped', () => {
    const { moves, come, pieces, pace } = taking();
    moves.isBusy = true;
    [1, 2].forEach(come);
    pace.stop();
    moves.isBusy = false;
    vi.advanceTimersByTime(500);
    expect(pieces.map(({ items }) => items)).toEqual([[1]]);
  });
});
