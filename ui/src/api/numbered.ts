// Feeds whose items carry numbers go on after a cut where they were; the others begin with a whole snapshot again.

import type { Moment, Moments } from './types';

interface Numbering {
  /** The last number of an item, if it has any. */
  last(item: unknown): number | undefined;
  /** The item without what was seen up to `number`. */
  after(item: unknown, number: number): unknown;
}

const NUMBERED: Record<string, Numbering> = {
  'run.moments': {
    last: (item) => (item as Moments).moments.at(-1)?.seq,
    after: (item, number) => {
      const told = item as Moments;
      const fresh = (moment: Moment): boolean => moment.seq > number;
      return told.moments.every(fresh) ? told : { ...told, moments: told.moments.filter(fresh) };
    },
  },
};

/** Follows the numbers of one subscription: nothing twice, and a request that goes on where it was. */
export class Position {
  #numbering: Numbering | undefined;
  #at: number | undefined;
  readonly #request: object;

  constructor(feed: string, request: object) {
    this.#numbering = NUMBERED[feed];
    this.#request = request;
    if ('after' in request && typeof request.after === 'number') this.#at = request.after;
  }

  get request(): object {
    return this.#at === undefined ? this.#request : { ...this.#request, after: this.#at };
  }

  /** The item without what was seen before. */
  take(item: unknown): unknown {
    if (!this.#numbering) return item;
    const fresh = this.#at === undefined ? item : this.#numbering.after(item, this.#at);
    this.#at = this.#numbering.last(fresh) ?? this.#at;
    return fresh;
  }
}
