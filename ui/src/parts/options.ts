import type { Icon } from '../words/state';

/** One of several values to choose from. */
export interface Option {
  value: string;
  label: string;
  /** Small, beside it: a balance, a type. */
  hint?: string;
  icon?: Icon;
  disabled?: boolean;
}

/** A line of a menu; `'line'` parts groups. */
export type MenuItem =
  | 'line'
  | { label: string; run: () => unknown; icon?: Icon; keys?: string; danger?: boolean; disabled?: boolean; checked?: boolean };

/** The options whose label or hint has all words of a text. */
export function matching(options: readonly Option[], text: string): Option[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return options.filter(({ label, hint }) => {
    const said = `${label} ${hint ?? ''}`.toLowerCase();
    return words.every((word) => said.includes(word));
  });
}
