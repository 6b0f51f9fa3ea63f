import type { ApiFailure } from '../api/failure';

/** What kind of trouble a code is, in a few words: the title over the program's own sentence. */
const TITLES: Record<string, string> = {
  BAD_REQUEST: 'That can’t be read',
  NOT_FOUND: 'There is no such thing',
  CONFLICT: 'It changed meanwhile',
  FLOW_PROBLEMS: 'The flow has problems',
  REFUSED: 'The policy refuses this',
  SPEECH: 'The recording could not be understood',
  NO_MODEL: 'There is no speech model',
  KEYRING: 'The keyring did not answer',
  WORKSPACE_BUSY: 'Another program has the workspace open',
  OWNER_LOST: 'The program that had the workspace open ended',
  OTHER_VERSION: 'Another version of Assent is running',
  STORE_DAMAGED: 'The store is damaged',
  STORE_TOO_NEW: 'The store is from a newer version',
  STORE: 'The store can’t be read or written',
  POPUP: 'The approval window is blocked',
  FILE: 'A file can’t be read or written',
  SERVER_LOST: 'Assent does not answer',
  TOKEN: 'This link is not the right one',
  INTERNAL: 'Something went wrong in Assent',
};

export function errorTitle(failure: Pick<ApiFailure, 'code'>): string {
  return TITLES[failure.code] ?? 'That did not work';
}
