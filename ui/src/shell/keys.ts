// Keys are written as people read them: "Ctrl+Shift+A", "F9", "Alt+ArrowUp", "?". Ctrl is Command on a Mac.

const MAC = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

interface Pressed {
  key: string;
  code: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/** Whether an event is this combination. */
export function matchesKeys(event: Pressed, keys: string, mac = MAC): boolean {
  const parts = keys.split('+');
  const key = parts.pop() || '+';
  const wants = (name: string): boolean => parts.includes(name);
  const control = mac ? event.metaKey : event.ctrlKey;
  if (control !== wants('Ctrl') || event.altKey !== wants('Alt')) return false;
  const named = key === 'Space' ? event.key === ' ' : event.key.toLowerCase() === key.toLowerCase();
  // "?" and its like need Shift on some keyboards and not on others, so Shift counts for letters and named keys only.
  const shiftCounts = key.length > 1 || /[a-z]/i.test(key);
  if (shiftCounts && event.shiftKey !== wants('Shift')) return false;
  // Ctrl+0 and its like come as another character on some keyboards.
  return named || (/^\d$/.test(key) && event.code === `Digit${key}`);
}

const SIGNS: Record<string, string> = {
  ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→', Enter: '↵', Escape: 'Esc', Delete: 'Del',
};
const MAC_SIGNS: Record<string, string> = { Ctrl: '⌘', Alt: '⌥', Shift: '⇧' };

/** The keys of a combination as they are shown: `['Ctrl', '↵']`. */
export function keyLabels(keys: string, mac = MAC): string[] {
  const parts = keys.endsWith('+') && keys.length > 1 ? [...keys.slice(0, -2).split('+'), '+'] : keys.split('+');
  return parts.filter((part) => part !== '').map((part) => (mac ? MAC_SIGNS[part] : undefined) ?? SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part));
}

/** The combination as `aria-keyshortcuts` wants it. */
export function ariaKeys(keys: string, mac = MAC): string {
  return keys.replace('Ctrl', mac ? 'Meta' : 'Control');
}

/** Whether what has the focus takes letters. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit', 'range', 'file'].includes(target.type);
}
