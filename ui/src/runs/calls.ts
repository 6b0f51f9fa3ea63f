// What this section asks the program for.

import { call } from '../api/client';
import type { ResponseOf } from '../api/contract';
import type { Digest, Json, RunInfo, RunState } from '../api/types';
import type { Side } from './types';

/** What was checked, and what is wrong. */
export type Verified = ResponseOf<'verify'>;

export interface Older {
  limit: number;
  /** Those older than this run. */
  before?: string | undefined;
  state?: RunState | undefined;
  text?: string | undefined;
}

/** Runs that are older than what is known, the newest first. */
export async function olderRuns({ limit, before, state, text }: Older): Promise<RunInfo[]> {
  const { runs } = await call('runs', { limit, ...(before && { before }), ...(state && { state }), ...(text && { text }) });
  return runs;
}

/** A value that was too large to come along with its moment. */
export async function wholeValue(run: string, path: string, port: string, side: Side): Promise<Json> {
  return (await call('run.value', { run, path, port, side })).value;
}

/** The bytes of a file that a value names, in base 64. */
export async function fileOf(digest: Digest): Promise<string> {
  return (await call('file.get', { digest })).base64;
}
