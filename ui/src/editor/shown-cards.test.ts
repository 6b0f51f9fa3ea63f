import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Card } from '../canvas/card';
import { ShownCards } from './shown-cards.svelte';

const cards = (from: number, count: number): Card[] => Array.from({ length: count }, (_, at) => ({ id: `n${from + at}` }) as Card);
const ids = (shown: ShownCards): string[] => shown.cards.map(({ id }) => id);

describe('cards in the page', () => {
  let frames: (() => void)[] = [];
  const frame = (): void => frames.splice(0).forEach((run) => run());
  beforeEach(() => {
    frames = [];
    vi.stubGlobal('requestAnimationFrame', (run: () => void) => frames.push(run));
    vi.stubGlobal('cancelAnimationFrame', () => (frames = []));
  });

  it('a few are the page’s always', () => {
    const shown = new ShownCards();
    shown.take(cards(0, 5), false);
    shown.take(cards(2, 5), true);
    expect([ids(shown), shown.drawn]).toEqual([['n2', 'n3', 'n4', 'n5', 'n6'], false]);
  });

  it('many wait until the view rests, and then come bit by bit, in their order', () => {
    const shown = new ShownCards();
    shown.take(cards(0, 14), false);
    shown.take(cards(7, 40), true);
    expect([ids(shown), shown.drawn]).toEqual([cards(0, 14).map(({ id }) => id), true]);
    shown.take(cards(7, 40), false);
    expect([shown.cards.length, shown.drawn]).toEqual([21, true]);
    frame();
    expect([shown.cards.length, shown.drawn]).toEqual([35, true]);
    frame();
    expect([ids(shown), shown.drawn, frames.length]).toEqual([cards(7, 40).map(({ id }) => id), false, 0]);
  });

  it('stop coming when the view moves on', () => {
    const shown = new ShownCards();
    shown.take(cards(0, 60), false);
    shown.take(cards(30, 60), true);
    expect([shown.cards.length, shown.drawn, frames.length]).toEqual([14, true, 0]);
  });
});
