// The flows of the workspace as state, and what is done to them. Every deed that takes something away can be taken back.

import { call } from '../api/client';
import { ApiFailure } from '../api/failure';
import { feed } from '../api/live';
import type { FlowInfo } from '../api/types';
import { tell, tellFailure, tellUndo } from '../parts/toast';
import { setSetting, setting } from '../shell/settings';
import { count } from '../words/count';
import { download, fileName, readText, stem } from './files';
import { freeName, inFolder, isWithin, lastOf, parentOf } from './tree';

/** All flows, at each change. */
export const flowFeed = feed('flows.watch', {});

const CLOSED = 'flows.closed';
const FOLDERS = 'flows.folders';

/** The folders that are closed in the tree. */
export const closedFolders = (): string[] => setting<string[]>(CLOSED, []);
/** Folders that were made by hand: they are there without a flow in them. The program knows folders only by what is in them. */
export const ownFolders = (): string[] => setting<string[]>(FOLDERS, []);

export function setOpen(path: string, open: boolean): void {
  const others = closedFolders().filter((folder) => folder !== path);
  setSetting(CLOSED, open ? others : [...others, path]);
}

export function keepFolder(path: string): void {
  if (path !== '' && !ownFolders().includes(path)) setSetting(FOLDERS, [...ownFolders(), path]);
}

const dropFolder = (path: string): void => setSetting(FOLDERS, ownFolders().filter((folder) => !isWithin(folder, path)));

/** Does something, and says so where it fails. */
export async function attempt<T>(what: string, deed: () => Promise<T>): Promise<T | undefined> {
  try {
    return await deed();
  } catch (thrown) {
    tellFailure(thrown, what);
    return undefined;
  }
}

export function newFlow(flows: readonly FlowInfo[], folder: string): Promise<FlowInfo | undefined> {
  const name = freeName('New flow', flows.map((flow) => flow.name));
  return attempt('The flow was not made', async () => (await call('flow.new', { name, folder })).info);
}

export function duplicateFlow({ id, name }: FlowInfo): Promise<FlowInfo | undefined> {
  return attempt(`“${name}” was not duplicated`, async () => (await call('flow.duplicate', { id })).info);
}

export function renameFlow({ id, name: old }: FlowInfo, name: string): Promise<unknown> {
  return attempt(`“${old}” was not renamed`, () => call('flow.rename', { id, name }));
}

export function tagFlow({ id, name }: FlowInfo, tags: string[]): Promise<unknown> {
  return attempt(`The tags of “${name}” were not changed`, () => call('flow.tag', { id, tags }));
}

const folderWords = (folder: string): string => (folder === '' ? 'the top' : `“${folder}”`);

export async function moveFlow({ id, name, folder: from }: FlowInfo, folder: string): Promise<void> {
  if (folder === from) return;
  const move = (to: string) => () => attempt(`“${name}” was not moved`, () => call('flow.move', { id, folder: to }));
  // The folder it leaves stays, so that the tree doesn't jump under the pointer.
  keepFolder(from);
  if (await move(folder)()) tellUndo(`“${name}” moved to ${folderWords(folder)}`, move(from));
}

/** Gives a folder another path; everything in it goes along. */
async function relocate(flows: readonly FlowInfo[], path: string, to: string): Promise<void> {
  for (const { id, folder } of flows.filter((flow) => isWithin(flow.folder, path))) {
    await call('flow.move', { id, folder: to + folder.slice(path.length) });
  }
  const renamed = (folder: string): string => (isWithin(folder, path) ? to + folder.slice(path.length) : folder);
  setSetting(FOLDERS, [...new Set([...ownFolders().map(renamed), to])]);
  setSetting(CLOSED, closedFolders().map(renamed));
}

export function renameFolder(flows: readonly FlowInfo[], path: string, name: string): Promise<unknown> {
  return attempt(`“${lastOf(path)}” was not renamed`, () => relocate(flows, path, inFolder(parentOf(path), name.trim())));
}

/** Moves a folder into another one; `into` is not within it. */
export async function moveFolder(flows: readonly FlowInfo[], path: string, into: string): Promise<void> {
  const to = inFolder(into, lastOf(path));
  if (to === path) return;
  await attempt(`“${lastOf(path)}” was not moved`, () => relocate(flows, path, to));
}

export async function deleteFlow({ id, name }: FlowInfo): Promise<void> {
  await attempt(`“${name}” was not deleted`, async () => {
    await call('flow.delete', { id });
    tellUndo(`“${name}” is in the bin`, () => call('flow.undelete', { id }));
  });
}

/** Puts a folder's flows into the bin and forgets the folder. */
export async function deleteFolder(flows: readonly FlowInfo[], path: string): Promise<void> {
  const within = flows.filter((flow) => isWithin(flow.folder, path));
  for (const { id } of within) await call('flow.delete', { id });
  dropFolder(path);
  const undo = async (): Promise<void> => {
    keepFolder(path);
    for (const { id } of within) await call('flow.undelete', { id });
  };
  if (within.length > 0) tellUndo(`${count(within.length, 'flow')} of “${lastOf(path)}” ${within.length === 1 ? 'is' : 'are'} in the bin`, undo);
}

export function exportFlow({ id, name }: FlowInfo): Promise<unknown> {
  return attempt(`“${name}” was not exported`, async () => {
    const { text } = await call('flow.get', { id });
    await download(fileName(id), text);
  });
}

export interface Refused {
  readonly file: string;
  readonly failure: ApiFailure;
}

/** Makes flows of files. What can't be one comes back with the reason. */
export async function importFiles(files: readonly File[], folder: string): Promise<{ made: FlowInfo[]; refused: Refused[] }> {
  const made: FlowInfo[] = [];
  const refused: Refused[] = [];
  for (const file of files) {
    try {
      const text = await readText(file);
      made.push((await call('flow.new', { name: stem(file.name), folder, text })).info);
    } catch (thrown) {
      refused.push({ file: file.name, failure: reasonOf(ApiFailure.of(thrown)) });
    }
  }
  if (made.length > 0) tell(made.length === 1 ? `“${made[0]?.name ?? ''}” imported` : `${made.length} flows imported`);
  return { made, refused };
}

/** A flow with problems says the first of them itself. */
function reasonOf(failure: ApiFailure): ApiFailure {
  const problems: readonly unknown[] = Array.isArray(failure.details) ? failure.details : [];
  const first = problems[0] as { message?: unknown; hint?: unknown; place?: { field?: unknown } } | undefined;
  if (failure.code !== 'FLOW_PROBLEMS' || typeof first?.message !== 'string') return failure;
  const field = first.place?.field;
  const where = typeof field === 'string' && field.startsWith('line') ? ` (${field})` : '';
  const message = first.message.replace(/\.?$/, `${where}.`);
  return new ApiFailure({ code: failure.code, message, hint: typeof first.hint === 'string' ? first.hint : failure.hint });
}
