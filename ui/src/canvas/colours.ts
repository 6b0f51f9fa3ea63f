// The design's colours, read once for each theme, as the canvas wants them.

import type { StepState } from '../api/types';
import { elementOf } from '../document/fits';

const NAMES = ['bg-0', 'bg-1', 'bg-2', 'bg-3', 'line', 'line-2', 'text-1', 'text-2', 'text-3', 'accent', 'ok', 'warn', 'danger', 'ask', 'money'] as const;
const TYPES = ['text', 'number', 'bool', 'json', 'list', 'file', 'audio', 'intent', 'verdict', 'money', 'receipt'] as const;

type Name = (typeof NAMES)[number];
export type TypeHue = (typeof TYPES)[number];

export interface Colours {
  readonly of: Readonly<Record<Name, string>>;
  readonly types: Readonly<Record<TypeHue, string>>;
  readonly font: string;
  readonly isDark: boolean;
}

/** The hue of a type: one for all lists, and the plain one for `any`. */
export function typeHue(type: string): TypeHue {
  if (elementOf(type) !== undefined) return 'list';
  return (TYPES as readonly string[]).includes(type) ? (type as TypeHue) : 'json';
}

/** The token of a type's hue, for a style. */
export const typeColour = (type: string): string => `var(--type-${typeHue(type)})`;

export function readColours(page: HTMLElement = document.documentElement): Colours {
  const style = getComputedStyle(page);
  const read = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    of: Object.fromEntries(NAMES.map((name) => [name, read(name)])) as Record<Name, string>,
    types: Object.fromEntries(TYPES.map((name) => [name, read(`type-${name}`)])) as Record<TypeHue, string>,
    font: read('ui') || 'sans-serif',
    isDark: style.colorScheme !== 'light',
  };
}

/** The colour of a card's left edge, and of its box when it is far away. */
export function stateColour({ of }: Colours, state: StepState | undefined): string {
  switch (state) {
    case 'done': return of.ok;
    case 'running': return of.accent;
    case 'asking': return of.ask;
    case 'failed': return of.danger;
    case 'unknown': return of.warn;
    case 'sleeping': return of['text-2'];
    case 'skipped': case 'pending': case undefined: return of['line-2'];
  }
}
