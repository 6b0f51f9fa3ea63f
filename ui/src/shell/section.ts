import type { Component } from 'svelte';
import type { Icon } from '../words/state';

/** What a section's page is given: the rest of the path after its own name, such as `['voice-payment']` of `/studio/voice-payment`. */
export interface SectionProps {
  path: string[];
}

/** A section's page; one that has no pages below its own takes no path. */
export type Page = Component<SectionProps> | Component<Record<string, never>>;

/** One section of the window. A folder that has one exports it from `section.ts` as `section`; the shell finds it there. */
export interface Section {
  /** The first part of its path. */
  id: string;
  title: string;
  icon: Icon;
  /** Its place in the activity bar. */
  order: number;
  /** At the lower end of the bar. */
  atEnd?: boolean;
  /** A number on its icon, read as state. */
  badge?: () => number;
  /** Keys that open it. */
  keys?: string;
  load: () => Promise<{ default: Page }>;
  /** Registers commands that work without the section being open. Called once; keep it small. */
  start?: () => void;
}
