// Cards drawn as the page shows them: which pictures are made, and when. Making one takes a few tenths of a millisecond, putting it somewhere almost none.

import type { Card } from './card';
import type { Colours } from './colours';
import type { Face } from './face';
import { type Picture, boxes } from './paint';
import { Sprites } from './sprites';
import type { Viewport } from './viewport';

/** Pictures that are missing are drawn for this long at a time; the others wait for the next frame. */
export const MAKE_MS = 4;
const WARM_AFTER_MS = 100;
const WARM_EVERY_MS = 24;

/** How pictures are to look now. */
export interface Sharpness {
  view: Viewport;
  ratio: number;
  colours: Colours;
}

export class Faces {
  readonly #faceOf: (card: Card) => Face;
  readonly #sprites = new Sprites();
  #warming: ReturnType<typeof setTimeout> | undefined;
  #now: Sharpness | undefined;
  #until = 0;
  #stretches = false;
  /** Cards whose pictures had no time in this frame. */
  readonly later = new Set<string>();

  constructor(faceOf: (card: Card) => Face) {
    this.#faceOf = faceOf;
  }

  /** A frame begins. While it `stretches`, a picture that was made for another zoom will do. */
  begin(now: Sharpness, makeMs: number, stretches: boolean): void {
    this.#now = now;
    this.#until = performance.now() + makeMs;
    this.#stretches = stretches;
    this.later.clear();
    this.#sprites.for(now.colours);
  }

  /** Draws cards. What is not there yet is a stretched picture or a plain box for a frame or two. */
  readonly put = (context: CanvasRenderingContext2D, cards: readonly Card[], picture: Picture): void => {
    const now = this.#now;
    if (!now) return;
    const missing: Card[] = [];
    context.setTransform(1, 0, 0, 1, 0, 0);
    for (const card of cards) {
      const face = this.#faceOf(card);
      if (!this.#sprites.has(card, face, now.view, now.ratio)) {
        if (this.#stretches && this.#sprites.put(context, card, now.view, now.ratio)) continue;
        if (performance.now() < this.#until) this.#sprites.make(card, face, now.colours, now.view, now.ratio);
        else this.later.add(card.id);
      }
      if (!this.#sprites.put(context, card, now.view, now.ratio)) missing.push(card);
    }
    context.setTransform(now.ratio, 0, 0, now.ratio, 0, 0);
    if (missing.length > 0) boxes(context, missing, picture);
  };

  /** Draws the pictures of these cards bit by bit, so that they are there when the view begins to move. */
  warm(cards: readonly Card[], now: () => Sharpness): void {
    clearTimeout(this.#warming);
    if (cards.length === 0) return;
    let next = 0;
    const some = (): void => {
      const { view, ratio, colours } = now();
      const until = performance.now() + MAKE_MS;
      this.#sprites.for(colours);
      for (; next < cards.length && performance.now() < until; next += 1) {
        const card = cards[next];
        const face = card && this.#faceOf(card);
        if (card && face && !this.#sprites.has(card, face, view, ratio)) this.#sprites.make(card, face, colours, view, ratio);
      }
      if (next < cards.length) this.#warming = setTimeout(some, WARM_EVERY_MS);
    };
    this.#warming = setTimeout(some, WARM_AFTER_MS);
  }

  stop(): void {
    clearTimeout(this.#warming);
  }
}
