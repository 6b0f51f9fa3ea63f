import type { CommandName, FeedItem, FeedName, FeedRequest, RequestOf, ResponseOf } from './contract';
import type { ApiFailure } from './failure';
import { HttpTransport } from './http';
import { inWindow, readFragment } from './place';
import { TauriTransport } from './tauri';
import type { Transport } from './transport';

let chosen: Transport | undefined;

/** The way to the program: the window's own, or HTTP. */
export function transport(): Transport {
  chosen ??= inWindow() ? new TauriTransport() : new HttpTransport('', readFragment(location.hash).token);
  return chosen;
}

/** Asks the program for something. Throws `ApiFailure`. */
export async function call<N extends CommandName>(name: N, request: RequestOf<N>): Promise<ResponseOf<N>> {
  return (await transport().call(name, request)) as ResponseOf<N>;
}

/** Follows a feed until `stop()`, its end or an error. Cuts are bridged: nothing is lost and nothing comes twice. */
export function follow<N extends FeedName>(
  feed: N,
  request: FeedRequest<N>,
  onItem: (item: FeedItem<N>) => void,
  onEnd?: (failure?: ApiFailure) => void,
): () => void {
  return transport().follow(feed, request, (item) => onItem(item as FeedItem<N>), onEnd);
}
