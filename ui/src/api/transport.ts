import type { ApiFailure } from './failure';

/** Whether the way to the program is open. */
export type Link =
  | { state: 'idle' }
  | { state: 'opening' }
  | { state: 'live' }
  | { state: 'reconnecting'; failures: number; failure: ApiFailure }
  | { state: 'refused'; failure: ApiFailure };

export interface Transport {
  call(name: string, request: unknown): Promise<unknown>;
  /** Items in order until `stop()`, an error or the end. `onEnd` is called once, with the failure if there was one. */
  follow(feed: string, request: object, onItem: (item: unknown) => void, onEnd?: (failure?: ApiFailure) => void): () => void;
  readonly link: Link;
  /** Called at each change of `link`; returns how to stop that. */
  onLink(listener: () => void): () => void;
  /** Reconnects at once instead of after the wait. */
  retry(): void;
}

/** One event of a subscription, as both transports carry it. */
export type FeedEvent =
  | { id: number; item: unknown }
  | { id: number; error: import('./types').ApiError }
  | { id: number; end: true };
