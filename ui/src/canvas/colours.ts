// The design's colours, read once for each theme, as the canvas wants them.

import type { StepState } from '../api/types';
import { elementOf } from '../document/fits';

const NAMES = ['bg-0', 'bg-1', 'bg-2', 'bg-3', 'line', 'line-2', 'text-1', 'text-2', 'text-3', 'accent', 'ok', 'warn', 'danger', 'ask', 'money'] as const;
const TYPES = ['text', 'number', 'bool', 'json', 'list', 'file', 'audio', 'intent', 'verdict', 'money', 'receipt'] as const;

type Name = (typeof NAMES)[number];
export type TypeHue = (typeof TYPES)[number];

export interface Shadow {
  readonly x: number;
  readonly y: number;
  readonly blur: number;
  readonly spread: number;
  readonly colour: string;
}

export interface Colours {
  readonly of: Readonly<Record<Name, string>>;
  readonly types: Readonly<Record<TypeHue, string>>;
  readonly font: string;
  readonly mono: string;
  /** The corners of cards. */
  readonly radius: number;
  /** What cards cast, the uppermost first. */
  readonly shadows: readonly Shadow[];
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
    mono: read('mono') || 'monospace',
    radius: parseFloat(read('r-card')) || 0,
    shadows: readShadows(read('shadow')),
    isDark: style.colorScheme !== 'light',
  };
}

/** The shadows of a style: lengths, then a colour, as the tokens have them. */
export function readShadows(text: string): Shadow[] {
  return text.split(/,(?![^(]*\))/).flatMap((one): Shadow[] => {
    const words = one.trim().match(/^((?:-?[\d.]+(?:px)?\s+){2,4})(.+)$/);
    if (!words?.[1] || !words[2]) return [];
    const [x = 0, y = 0, blur = 0, spread = 0] = words[1].trim().split(/\s+/).map(parseFloat);
    return [{ x, y, blur, spread, colour: words[2] }];
  });
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
