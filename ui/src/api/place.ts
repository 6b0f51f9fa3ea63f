/** What the page's address says: the token and where approvals are decided. It stays in the fragment, so that a reload works. */
export interface PlaceOfPage {
  token: string;
  /** Port and token of the page that decides, when there is one. */
  approvals: { port: number; token: string } | null;
  /** A prompt to open with. */
  prompt: string | null;
}

export function readFragment(hash: string): PlaceOfPage {
  const words = new URLSearchParams(hash.replace(/^#/, ''));
  const approvals = /^(\d{1,5})\.(.+)$/.exec(words.get('approvals') ?? '');
  return {
    token: words.get('token') ?? '',
    approvals: approvals ? { port: Number(approvals[1]), token: approvals[2] ?? '' } : null,
    prompt: words.get('prompt'),
  };
}

/** Whether this page is in the desktop window. */
export function inWindow(): boolean {
  return typeof window !== 'undefined' && '__TAURI_INTERNALS__' in window;
}
