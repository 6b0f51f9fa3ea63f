// Flows as files of this machine: out by a download, in by a picker or a drop.

import { saved } from '../api/desktop';
import { ApiFailure } from '../api/failure';
import { inWindow } from '../api/place';
import { tell } from '../parts/toast';

export const ENDING = '.flow.json';
/** Far more than any flow has; a film dropped by mistake is not read. */
const MOST_BYTES = 16 * 1024 * 1024;

export const fileName = (id: string): string => id + ENDING;

/** A file's name without its endings, for a flow that says no name of its own. */
export const stem = (name: string): string => name.replace(/(\.flow)?\.json$/i, '') || name;

/** The text of a file that may be a flow. Throws `ApiFailure` with a reason. */
export async function readText(file: File): Promise<string> {
  const refuse = (message: string, hint: string): ApiFailure => new ApiFailure({ code: 'FILE', message, hint });
  if (file.size > MOST_BYTES) throw refuse('It is larger than any flow.', 'Choose a file that ends in .flow.json.');
  if (file.size === 0) throw refuse('It is empty.', 'Choose a file that ends in .flow.json.');
  let bytes: ArrayBuffer;
  try {
    bytes = await file.arrayBuffer();
  } catch {
    throw refuse('It can’t be read.', 'Choose a file, not a folder, that you may read.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw refuse('It is not text.', 'Choose a file that ends in .flow.json.');
  }
}

/** Gives a text to the user as a file. Throws `ApiFailure` when the window can't write it; a browser says that by itself. */
export async function download(name: string, text: string): Promise<void> {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const written = inWindow() ? saved(address) : undefined;
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  const path = written ? (await written).path : name;
  if (path === null) throw new ApiFailure({ code: 'FILE', message: `${name} can’t be written into your downloads.`, hint: 'Look whether that folder is there and its disk has room.' });
  tell(written ? `Saved as ${path}` : `${name} is in your downloads`);
}
