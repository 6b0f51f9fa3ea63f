// What this section asks the program for besides the common contract.

import { call } from '../api/client';
import type { Digest, Json, RunInfo } from '../api/types';
import type { Side } from './types';

declare module '../api/contract' {
  interface Commands {
    verify: [{ run?: string }, Verified];
    'file.get': [{ digest: Digest }, { base64: string; media: string }];
  }
}

/** What was checked, and what is wrong. */
export interface Verified {
  whole: boolean;
  checks: { what: string; count: number }[];
  problems: { place: string; what: string }[];
}

export interface Older {
  limit: number;
  /** Those older than this run. */
  before?: string | undefined;
  state?: string | undefined;
  text?: string | undefined;
}

/** Runs that are older than what is known, the newest first. */
export async function olderRuns({ limit, before, state, text }: Older): Promise<RunInfo[]> {
  // Runs are told apart by their ids, also in the order of their age.
  const request = { limit, ...(before && { before }), ...(state && { state }), ...(text && { text }) } as { limit: number };
  return (await call('runs', request)).runs;
}

/** A value that was too large to come along with its moment. */
export async function wholeValue(run: string, path: string, port: string, side: Side): Promise<Json> {
  const request = { run, path, port, ...(side === 'in' && { side }) };
  return (await call('run.value', request)).value;
}
