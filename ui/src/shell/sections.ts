import SettingsIcon from '@lucide/svelte/icons/settings';
import { status } from '../api/live';
import { addCommands } from './commands';
import { go } from './router';
import type { Section } from './section';

/** What a `section.ts` exports: the section under this name. */
type SectionFile = { section?: Section };

const files = import.meta.glob<SectionFile>(['../*/section.ts', '!../shell/section.ts'], { eager: true });

const settings: Section = {
  id: 'settings',
  title: 'Settings',
  icon: SettingsIcon,
  order: 100,
  atEnd: true,
  keys: 'Ctrl+,',
  load: () => import('./SettingsPage.svelte'),
};

/** The sections there are, in the order of the activity bar. */
export const sections: readonly Section[] = [...Object.values(files).flatMap((file) => file.section ?? []), settings]
  .sort((one, other) => one.order - other.order);

/** The section that a path belongs to. */
export const sectionOf = (segments: readonly string[]): Section | undefined =>
  sections.find((section) => section.id === (segments[0] ?? sections[0]?.id));

/** The number on a section's icon. */
export const badgeOf = (section: Section): number =>
  section.badge?.() ?? (section.id === 'approvals' ? (status.value?.prompts ?? 0) : 0);

/** Registers what the sections can do before they are open, and the ways to them. */
export function startSections(): void {
  addCommands(sections.map((section) => ({
    id: `go.${section.id}`,
    title: `Go to ${section.title.toLowerCase()}`,
    group: 'Window',
    icon: section.icon,
    ...(section.keys === undefined ? {} : { keys: section.keys }),
    run: () => go(`/${section.id}`),
  })));
  for (const section of sections) section.start?.();
}
