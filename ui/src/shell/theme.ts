import { setting } from './settings';

export const THEMES = ['system', 'dark', 'light'] as const;
export const CONTRASTS = ['system', 'normal', 'high'] as const;
export const MOTIONS = ['system', 'full', 'reduced'] as const;

export interface Look {
  theme: 'dark' | 'light';
  contrast: 'normal' | 'high';
  motion: 'full' | 'reduced';
}

const asks = (query: string): MediaQueryList => matchMedia(query);

/** How the window looks, from the settings and what the system asks for. `theme` may be told by who opened the page. */
export function chosenLook(theme: string, contrast: string, motion: string, system: Look): Look {
  return {
    theme: theme === 'dark' || theme === 'light' ? theme : system.theme,
    contrast: contrast === 'high' || contrast === 'normal' ? contrast : system.contrast,
    motion: motion === 'full' || motion === 'reduced' ? motion : system.motion,
  };
}

function systemLook(): Look {
  return {
    theme: asks('(prefers-color-scheme: light)').matches ? 'light' : 'dark',
    contrast: asks('(prefers-contrast: more)').matches ? 'high' : 'normal',
    motion: asks('(prefers-reduced-motion: reduce)').matches ? 'reduced' : 'full',
  };
}

/** Puts the look on the page. Called in an effect, it follows the settings. */
export function applyLook(): void {
  const told = new URLSearchParams(location.hash.slice(1)).get('theme') ?? 'system';
  const look = chosenLook(setting('look.theme', told), setting('look.contrast', 'system'), setting('look.motion', 'system'), systemLook());
  const { dataset } = document.documentElement;
  dataset.theme = look.theme;
  dataset.contrast = look.contrast;
  dataset.motion = look.motion;
}

/** Follows what the system asks for, too; returns how to stop. */
export function startTheme(): () => void {
  applyLook();
  const queries = ['(prefers-color-scheme: light)', '(prefers-contrast: more)', '(prefers-reduced-motion: reduce)'].map(asks);
  for (const query of queries) query.addEventListener('change', applyLook);
  return () => {
    for (const query of queries) query.removeEventListener('change', applyLook);
  };
}
