// What the window can do, in one table: the palette offers it, its keys do it, and the keys' page lists it.

import { SvelteMap } from 'svelte/reactivity';
import type { Icon } from '../words/state';
import { matchesKeys, takesText } from './keys';

export interface UiCommand {
  /** Such as `studio.run`. */
  id: string;
  /** A verb and its object: "Run this flow". */
  title: string;
  /** The heading it stands under: "Studio". */
  group: string;
  keys?: string | string[];
  icon?: Icon;
  /** More words that find it. */
  also?: string;
  /** Whether it can be done now, read as state. */
  when?: () => boolean;
  /** Its keys work while text is typed, too. Without it only keys with Ctrl and function keys do. */
  whileTyping?: boolean;
  /** The section listens to its keys itself (where the focus is matters); here they are only listed. */
  local?: boolean;
  /** Not offered in the palette. */
  hidden?: boolean;
  run: () => unknown;
}

/** Something that is done by keys or the pointer and is only listed: "Space-drag", "Pan". */
export interface KeyNote {
  keys: string;
  title: string;
  group: string;
}

const table = new SvelteMap<string, UiCommand>();
const noted = new SvelteMap<string, KeyNote>();

/** Adds commands; a command with an id that is there takes its place. Returns how to take them away. */
export function addCommands(list: UiCommand[]): () => void {
  for (const command of list) table.set(command.id, command);
  return () => {
    for (const command of list) if (table.get(command.id) === command) table.delete(command.id);
  };
}

export function addKeyNotes(list: KeyNote[]): () => void {
  for (const note of list) noted.set(note.group + note.title, note);
  return () => {
    for (const note of list) noted.delete(note.group + note.title);
  };
}

export const allCommands = (): UiCommand[] => [...table.values()];
export const allKeyNotes = (): KeyNote[] => [...noted.values()];
export const canRun = (command: UiCommand): boolean => command.when?.() ?? true;
export const keysOf = (command: UiCommand): string[] => (command.keys === undefined ? [] : [command.keys].flat());

let report: (thrown: unknown) => void = () => undefined;
/** Says where the failures of commands go. */
export function reportFailuresTo(sink: (thrown: unknown) => void): void {
  report = sink;
}

/** Does a command, if it can be done now. */
export async function runCommand(id: string): Promise<void> {
  const command = table.get(id);
  if (!command || !canRun(command)) return;
  try {
    await command.run();
  } catch (thrown) {
    report(thrown);
  }
}

const worksWhileTyping = (command: UiCommand, keys: string): boolean =>
  command.whileTyping ?? (/^(Ctrl|Alt)\+/.test(keys) || /^F\d+$/.test(keys));

/** The command that a key press means now. */
export function commandFor(event: KeyboardEvent): UiCommand | undefined {
  const typing = takesText(event.target);
  return allCommands().find((command) => !command.local && canRun(command)
    && keysOf(command).some((keys) => matchesKeys(event, keys) && (!typing || worksWhileTyping(command, keys))));
}

/** Does what keys mean; returns how to stop. */
export function startKeys(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    // A dialog keeps the keys to itself.
    if (document.querySelector('[role="dialog"][data-state="open"], [role="alertdialog"][data-state="open"]')) return;
    const command = commandFor(event);
    if (!command) return;
    event.preventDefault();
    void runCommand(command.id);
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}
