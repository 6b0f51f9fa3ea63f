// Which cards stand in the page, and when the canvas draws them instead: while the view moves, and until all that came into view are in the page.

import type { Card } from '../canvas/card';

/** With no more cards than this the page moves them itself. */
const FEW = 12;
/** So many cards are put into the page in one frame. */
const AT_ONCE = 14;

export class ShownCards {
  /** The cards in the page. */
  cards = $state.raw<readonly Card[]>([]);
  /** Whether the canvas draws the cards, and those in the page are not seen. */
  drawn = $state(false);
  #frame = 0;

  /** Takes the cards that belong into the page. As long as the view moves they wait. */
  take(wanted: readonly Card[], moving: boolean): void {
    cancelAnimationFrame(this.#frame);
    if (moving && (this.drawn || wanted.length > FEW)) {
      this.drawn = true;
      return;
    }
    const there = new Set(this.cards.map(({ id }) => id));
    const next = new Set(wanted.filter(({ id }) => !there.has(id)).slice(0, AT_ONCE).map(({ id }) => id));
    this.cards = wanted.filter(({ id }) => there.has(id) || next.has(id));
    this.drawn = this.cards.length < wanted.length;
    if (this.drawn) this.#frame = requestAnimationFrame(() => this.take(wanted, false));
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
  }
}
