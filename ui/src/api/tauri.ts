import { Channel, invoke } from '@tauri-apps/api/core';
import { ApiFailure } from './failure';
import { Position } from './numbered';
import type { FeedEvent, Link, Transport } from './transport';

/** The name of a command in the window: `flow.get` is `flow_get`. */
export const commandName = (name: string): string => name.replaceAll(/[.-]/g, '_');

/** The desktop window's way to the program. It lives in the same process, so the link is never cut. */
export class TauriTransport implements Transport {
  readonly link: Link = { state: 'live' };
  #nextId = 1;

  onLink(): () => void {
    return () => undefined;
  }

  retry(): void {
    // There is nothing to reconnect.
  }

  async call(name: string, request: unknown): Promise<unknown> {
    try {
      return await invoke(commandName(name), { request });
    } catch (thrown) {
      throw ApiFailure.of(thrown);
    }
  }

  follow(feed: string, request: object, onItem: (item: unknown) => void, onEnd?: (failure?: ApiFailure) => void): () => void {
    const id = this.#nextId++;
    const position = new Position(feed, request);
    let following = true;
    const end = (failure?: ApiFailure): void => {
      if (!following) return;
      following = false;
      onEnd?.(failure);
    };
    const channel = new Channel<FeedEvent[]>((events) => {
      for (const event of events) {
        if (!following) return;
        if ('item' in event) onItem(position.take(event.item));
        else end('error' in event ? new ApiFailure(event.error) : undefined);
      }
    });
    const asked = invoke(commandName(feed), { request, id, channel }).catch((thrown: unknown) => end(ApiFailure.of(thrown)));
    return () => {
      if (!following) return;
      following = false;
      void asked.then(() => invoke('leave', { id })).catch(() => undefined);
    };
  }
}
