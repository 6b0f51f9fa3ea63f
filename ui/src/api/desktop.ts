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

interface News {
  closing?: Closing;
}

/** Tells when the window is to be closed. In a browser nothing asks: its pages come and go. */
export function onClosing(listener: (closing: Closing) => void): void {
  if (!inWindow()) return;
  const channel = new Channel<News>(({ closing }) => {
    if (closing) listener(closing);
  });
  invoke('window_news', { channel }).catch(() => undefined);
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
