// What only the desktop's own window can do, and what it tells.

import { Channel, invoke } from '@tauri-apps/api/core';
import { ApiFailure } from './failure';
import { inWindow } from './place';

/** Somebody closed the window while runs go on. */
export interface Closing {
  runs: number;
  /** Whether there is a tray that the program can go on in. */
  tray: boolean;
}

/** A file that the page gave to its user has been written, or not. */
export interface Saved {
  /** The address it was given at. */
  url: string;
  /** `null` when it could not be written. */
  path: string | null;
}

interface News {
  closing?: Closing;
  saved?: Saved;
}

const listeners = new Set<(news: News) => void>();

/** What only the window knows. In a browser nothing is told. Gives what ends the listening. */
function listen(listener: (news: News) => void): () => void {
  if (!inWindow()) return () => undefined;
  if (listeners.size === 0) {
    const channel = new Channel<News>((news) => {
      for (const each of listeners) each(news);
    });
    invoke('window_news', { channel }).catch(() => undefined);
  }
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Tells when the window is to be closed. In a browser nothing asks: its pages come and go. */
export const onClosing = (listener: (closing: Closing) => void): (() => void) => listen(({ closing }) => closing && listener(closing));

/** Waits until the file at this address is written. */
export function saved(url: string): Promise<Saved> {
  return new Promise((resolve) => {
    const end = listen((news) => {
      if (news.saved?.url !== url) return;
      end();
      resolve(news.saved);
    });
  });
}

async function ask(name: string): Promise<void> {
  try {
    await invoke(name);
  } catch (thrown) {
    throw ApiFailure.of(thrown);
  }
}

/** Says that the user is being asked. Until then the window counts as one whose page has crashed, which closes at once. */
export const asks = (): Promise<void> => ask('window_asks');
/** Hides the window; the program goes on in the tray. */
export const hideWindow = (): Promise<void> => ask('window_hide');
/** Ends the program. Runs are suspended; the next start takes them up. */
export const quit = (): Promise<void> => ask('app_quit');
