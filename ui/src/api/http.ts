import { eventData } from './events';
import { ApiFailure, isApiError, serverLost, wrongToken } from './failure';
import { Position } from './numbered';
import type { FeedEvent, Link, Transport } from './transport';

interface Subscription {
  feed: string;
  position: Position;
  onItem: (item: unknown) => void;
  onEnd: ((failure?: ApiFailure) => void) | undefined;
  /** The call that asked the stream for it; leaving waits for that, since calls may overtake each other. */
  asked: Promise<unknown>;
}

const FIRST_WAIT_MS = 250;
const MOST_WAIT_MS = 5000;

/** The browser's way to the program: calls, and one stream for all subscriptions of the page. */
export class HttpTransport implements Transport {
  readonly #origin: string;
  readonly #token: string;
  readonly #subscriptions = new Map<number, Subscription>();
  readonly #listeners = new Set<() => void>();
  #nextId = 1;
  #link: Link = { state: 'idle' };
  /** The stream's id while it is open. */
  #stream: string | null = null;
  /** Ends the stream that is open or being opened. */
  #abort: AbortController | null = null;
  #wake: (() => void) | null = null;

  constructor(origin: string, token: string) {
    this.#origin = origin;
    this.#token = token;
  }

  get link(): Link {
    return this.#link;
  }

  onLink(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async call(name: string, request: unknown): Promise<unknown> {
    const response = await this.#post(`/api/${name}`, request);
    return response.json().catch(() => {
      throw serverLost();
    });
  }

  follow(feed: string, request: object, onItem: (item: unknown) => void, onEnd?: (failure?: ApiFailure) => void): () => void {
    const id = this.#nextId++;
    const subscription = { feed, position: new Position(feed, request), onItem, onEnd, asked: Promise.resolve() };
    this.#subscriptions.set(id, subscription);
    if (this.#stream !== null) this.#ask(this.#stream, id, subscription);
    else if (this.#abort === null && this.#link.state !== 'refused') void this.#keepStream();
    return () => this.#leave(id);
  }

  retry(): void {
    if (this.#link.state === 'refused' && this.#subscriptions.size > 0 && this.#abort === null) void this.#keepStream();
    this.#wake?.();
  }

  async #post(path: string, body: unknown, signal?: AbortSignal): Promise<Response> {
    const init: RequestInit = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.#token}` },
      body: JSON.stringify(body),
      cache: 'no-store',
    };
    if (signal) init.signal = signal;
    const response = await fetch(this.#origin + path, init).catch(() => {
      throw serverLost();
    });
    if (response.ok) return response;
    const error: unknown = await response.json().catch(() => null);
    if (isApiError(error)) throw response.status === 401 ? wrongToken() : new ApiFailure(error);
    if (response.status === 401 || response.status === 403) throw wrongToken();
    if (response.status >= 502 && response.status <= 504) throw serverLost();
    throw new ApiFailure({ code: 'INTERNAL', message: `Assent answered with status ${response.status}.` });
  }

  /** Keeps a stream open as long as there are subscriptions. */
  async #keepStream(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#setLink({ state: 'opening' });
    let failures = 0;
    while (!abort.signal.aborted) {
      let failure = serverLost();
      try {
        const response = await this.#post('/api/stream', {}, abort.signal);
        if (!response.body) throw serverLost();
        for await (const data of eventData(response.body)) {
          if (abort.signal.aborted) return;
          failures = 0;
          this.#receive(JSON.parse(data));
        }
      } catch (thrown) {
        if (thrown instanceof ApiFailure) failure = thrown;
      }
      if (abort.signal.aborted) return;
      this.#stream = null;
      if (failure.code === 'TOKEN') {
        this.#abort = null;
        this.#setLink({ state: 'refused', failure });
        return;
      }
      failures += 1;
      this.#setLink({ state: 'reconnecting', failures, failure });
      await this.#wait(Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), MOST_WAIT_MS));
    }
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wake = null;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake = done;
    });
  }

  #receive(data: { stream: string } | FeedEvent[]): void {
    if (!Array.isArray(data)) {
      this.#stream = data.stream;
      for (const [id, subscription] of this.#subscriptions) this.#ask(data.stream, id, subscription);
      this.#setLink({ state: 'live' });
      return;
    }
    for (const event of data) {
      const subscription = this.#subscriptions.get(event.id);
      if (!subscription) continue;
      if ('item' in event) subscription.onItem(subscription.position.take(event.item));
      else this.#end(event.id, 'error' in event ? new ApiFailure(event.error) : undefined);
    }
  }

  #ask(stream: string, id: number, subscription: Subscription): void {
    const body = { id, feed: subscription.feed, request: subscription.position.request };
    subscription.asked = this.#post(`/api/stream/${stream}/follow`, body).catch((thrown: unknown) => {
      const failure = ApiFailure.of(thrown);
      // A server that went away, or a stream it does not know any more, ends the stream too, and then all is asked for again.
      const goesOn = failure.code === 'SERVER_LOST' || this.#stream !== stream;
      if (!goesOn && this.#subscriptions.get(id) === subscription) this.#end(id, failure);
    });
  }

  #end(id: number, failure?: ApiFailure): void {
    const subscription = this.#subscriptions.get(id);
    this.#subscriptions.delete(id);
    subscription?.onEnd?.(failure);
    this.#closeIfUnused();
  }

  #leave(id: number): void {
    const subscription = this.#subscriptions.get(id);
    if (!subscription) return;
    this.#subscriptions.delete(id);
    const stream = this.#stream;
    void subscription.asked.then(() => {
      if (stream === null || this.#stream !== stream) return undefined;
      // A stream that is gone has left everything already.
      return this.#post(`/api/stream/${stream}/leave`, { id }).catch(() => undefined);
    });
    this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (this.#subscriptions.size > 0) return;
    this.#abort?.abort();
    this.#abort = null;
    this.#stream = null;
    this.#wake?.();
    // A wrong token stays wrong; only `retry` tries it again.
    if (this.#link.state !== 'refused') this.#setLink({ state: 'idle' });
  }

  #setLink(link: Link): void {
    this.#link = link;
    for (const listener of this.#listeners) listener();
  }
}
