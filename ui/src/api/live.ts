// Subscriptions as Svelte state. A feed is followed as long as something on the page reads it in a template, `$derived` or `$effect`.

import { createSubscriber } from 'svelte/reactivity';
import { follow, transport } from './client';
import type { FeedItem, FeedName, FeedRequest } from './contract';
import type { ApiFailure } from './failure';
import { type Busy, Pace } from './pace';
import type { Link } from './transport';

export type FeedState = 'loading' | 'live' | 'reconnecting' | 'error';

export interface Feed<V> {
  /** The newest value; `undefined` until the first came. */
  readonly value: V | undefined;
  readonly state: FeedState;
  readonly error: ApiFailure | undefined;
  retry(): void;
}

const NEVER_BUSY: Busy = { isBusy: false, onChange: () => () => undefined };

class Following<N extends FeedName, V> implements Feed<V> {
  #value: V | undefined;
  #error: ApiFailure | undefined;
  #stop: (() => void) | undefined;
  #changed: () => void = () => undefined;
  readonly #begin: () => void;
  readonly #subscribe: () => void;

  constructor(name: N, request: FeedRequest<N>, fold: (before: V | undefined, item: FeedItem<N>) => V, busy: Busy) {
    this.#begin = () => {
      let first = true;
      let waiting: FeedItem<N>[] = [];
      this.#error = undefined;
      const pace = new Pace(() => {
        const items = waiting;
        waiting = [];
        for (const item of items) {
          this.#value = fold(first ? undefined : this.#value, item);
          first = false;
        }
        this.#changed();
      }, busy);
      const stop = follow(
        name,
        request,
        (item) => {
          waiting.push(item);
          pace.come();
        },
        (failure) => {
          pace.now();
          pace.stop();
          this.#error = failure;
          this.#stop = undefined;
          this.#changed();
        },
      );
      this.#stop = () => {
        pace.stop();
        stop();
      };
    };
    this.#subscribe = createSubscriber((update) => {
      this.#changed = update;
      this.#begin();
      const stopLink = transport().onLink(update);
      return () => {
        stopLink();
        this.#stop?.();
        this.#stop = undefined;
      };
    });
  }

  get value(): V | undefined {
    this.#subscribe();
    return this.#value;
  }

  get error(): ApiFailure | undefined {
    this.#subscribe();
    return this.#error ?? (this.#link.state === 'refused' ? this.#link.failure : undefined);
  }

  get state(): FeedState {
    this.#subscribe();
    if (this.#error || this.#link.state === 'refused') return 'error';
    if (this.#link.state === 'reconnecting') return 'reconnecting';
    return this.#value === undefined ? 'loading' : 'live';
  }

  retry(): void {
    transport().retry();
    if (!this.#error) return;
    this.#begin();
    this.#changed();
  }

  get #link(): Link {
    return transport().link;
  }
}

/** The newest item of a feed. */
export function feed<N extends FeedName>(name: N, request: FeedRequest<N>): Feed<FeedItem<N>>;
/**
 * All items of a feed folded into one value; `before` is `undefined` at the first item of a subscription. While `busy` is, items are taken
 * in together, at most each 120 ms.
 */
export function feed<N extends FeedName, V>(
  name: N,
  request: FeedRequest<N>,
  fold: (before: V | undefined, item: FeedItem<N>) => V,
  busy?: Busy,
): Feed<V>;
export function feed<N extends FeedName, V>(
  name: N,
  request: FeedRequest<N>,
  fold?: (before: V | undefined, item: FeedItem<N>) => V,
  busy = NEVER_BUSY,
): Feed<V> {
  return new Following<N, V>(name, request, fold ?? ((_, item) => item as unknown as V), busy);
}

const linkSubscriber = createSubscriber((update) => transport().onLink(update));

/** The way to the program, as state. */
export function link(): Link {
  linkSubscriber();
  return transport().link;
}

/** The program's state, read by the whole shell through one subscription. */
export const status = feed('status.watch', {});
