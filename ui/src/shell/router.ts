// Paths to pages: /studio/FLOW, /runs/RUN … The fragment holds the token and goes along everywhere, so that a reload works.

import { SvelteURL } from 'svelte/reactivity';

const here = new SvelteURL(typeof location === 'undefined' ? 'http://127.0.0.1/' : location.href);

/** The parts of a path, decoded: `/runs/a%20b` is `['runs', 'a b']`. */
export function segments(path: string): string[] {
  return path.split('/').filter((part) => part !== '').map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
}

/** Where the window is, as state. */
export const route = {
  get path(): string {
    return here.pathname;
  },
  get segments(): string[] {
    return segments(here.pathname);
  },
  get query(): URLSearchParams {
    return here.searchParams;
  },
};

/** A path of parts: `path('runs', id)`. */
export function path(...parts: string[]): string {
  return `/${parts.map(encodeURIComponent).join('/')}`;
}

/** An address for a link, so that opening it in another tab works too. */
export function href(to: string): string {
  return to + (typeof location === 'undefined' ? '' : location.hash);
}

/** Goes to a path, such as `/runs/run-1?step=pay`. */
export function go(to: string, how: 'push' | 'replace' = 'push'): void {
  const target = new URL(to, location.href);
  target.hash = location.hash;
  if (target.href === location.href) return;
  history[how === 'push' ? 'pushState' : 'replaceState'](null, '', target.href);
  here.href = target.href;
}

/** Follows the browser's buttons and the links of the page; returns how to stop. */
export function startRouter(): () => void {
  const onPop = (): void => {
    here.href = location.href;
  };
  const onClick = (event: MouseEvent): void => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (!link || link.origin !== location.origin || link.target || link.hasAttribute('download')) return;
    event.preventDefault();
    go(link.pathname + link.search);
  };
  addEventListener('popstate', onPop);
  document.addEventListener('click', onClick);
  return () => {
    removeEventListener('popstate', onPop);
    document.removeEventListener('click', onClick);
  };
}
