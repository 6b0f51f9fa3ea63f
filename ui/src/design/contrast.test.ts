import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { contrast, type Oklch } from './contrast';

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');

/** The colours of all blocks for which an element of this theme and contrast is meant, later ones over earlier ones. */
function tokens(theme: string, level: string): Map<string, Oklch> {
  const found = new Map<string, Oklch>();
  for (const [, selectors = '', body = ''] of css.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
    const meant = selectors.split(',').some((selector) => selector.trim().replace(':root', '').replace(`[data-theme="${theme}"]`, '')
      .replace(`[data-contrast="${level}"]`, '') === '');
    if (!meant) continue;
    for (const [, name = '', l, c, h] of body.matchAll(/--([\w-]+):\s*oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)/g)) {
      found.set(name, [Number(l), Number(c), Number(h)]);
    }
  }
  return found;
}

const GROUNDS = ['bg-0', 'bg-1', 'bg-2', 'bg-3'];
const WORDS = ['text-1', 'text-2', 'text-3', 'accent', 'ok', 'warn', 'danger', 'ask', 'money'];
const TYPES = ['text', 'number', 'bool', 'json', 'list', 'file', 'audio', 'intent', 'verdict', 'money', 'receipt'].map((type) => `type-${type}`);
const ON = [['on-accent', 'accent'], ['on-ask', 'ask'], ['bg-0', 'text-1'], ['bg-0', 'danger']];

const THEMES = [['dark', 'normal', 4.5], ['light', 'normal', 4.5], ['dark', 'high', 7], ['light', 'high', 7]] as const;

describe.each(THEMES)('%s, %s contrast', (theme, level, least) => {
  const colours = tokens(theme, level);
  const pairs = [...WORDS, ...TYPES].flatMap((word) => GROUNDS.map((ground) => [word, ground])).concat(ON);

  test.each(pairs)('%s can be read on %s', (word, ground) => {
    const [one, other] = [colours.get(word!), colours.get(ground!)];
    expect(one && other, `${word} and ${ground} are colours of the theme`).toBeTruthy();
    // A type's colour stands beside its word and its socket; it is text like any other, but not read at length.
    const wanted = word!.startsWith('type-') ? 4.5 : least;
    expect(contrast(one!, other!)).toBeGreaterThanOrEqual(wanted);
  });

  test('borders of fields can be seen', () => {
    expect(contrast(colours.get('line-2')!, colours.get('bg-1')!)).toBeGreaterThanOrEqual(level === 'high' ? 3 : 1.5);
  });
});

test('black on white is 21, and mid grey is as known', () => {
  expect(contrast([0, 0, 0], [1, 0, 0])).toBeCloseTo(21, 5);
  expect(contrast([0.5999, 0, 0], [1, 0, 0])).toBeCloseTo(3.95, 1);
});
