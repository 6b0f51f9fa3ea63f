import { call } from './client';
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

/** Opens or raises the surface that decides. It is a window of its own; this page can't decide. */
export async function openApprovals(prompt?: string): Promise<void> {
  if (inWindow()) {
    await call('approvals.open', prompt === undefined ? {} : { prompt });
    return;
  }
  const theme = document.documentElement.dataset.theme ?? 'dark';
  const address = approvalsAddress(location.hash, location.hostname, theme, prompt);
  if (address !== null) window.open(address, 'assent-approvals', 'popup,width=520,height=820');
}
