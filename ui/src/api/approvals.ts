import { call } from './client';
import { ApiFailure } from './failure';
import { inWindow, readFragment } from './place';

/** Whether there is a surface that decides which this page can open. */
export const canOpenApprovals = (): boolean => inWindow() || readFragment(location.hash).approvals !== null;

/** Where the page that decides is, in a browser. */
export function approvalsAddress(hash: string, host: string, theme: string, prompt?: string): string | null {
  const { approvals } = readFragment(hash);
  if (!approvals) return null;
  const words = new URLSearchParams({ token: approvals.token, theme });
  if (prompt !== undefined) words.set('prompt', prompt);
  return `http://${host}:${approvals.port}/#${words}`;
}

/** Opens or raises the surface that decides. It is a window of its own; this page can't decide. Throws `ApiFailure`. */
export async function openApprovals(prompt?: string): Promise<void> {
  if (inWindow()) {
    await call('approvals.open', prompt === undefined ? {} : { prompt });
    return;
  }
  const theme = document.documentElement.dataset.theme ?? 'dark';
  const address = approvalsAddress(location.hash, location.hostname, theme, prompt);
  if (address === null) return;
  const desk = window.open(address, 'assent-approvals', 'popup,width=520,height=820');
  if (!desk) throw new ApiFailure({ code: 'POPUP', message: 'The browser kept the approval window from opening.', hint: 'Allow pop-ups for this page, then try again.' });
  // A window of this name that is open already stays where it is, maybe behind this one.
  desk.focus();
}
