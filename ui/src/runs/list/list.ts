// The list of runs as pure data: what is known of them, what a filter leaves, how a strip of steps is drawn.

import type { RunInfo, RunState } from '../../api/types';
import type { Tone } from '../../words/state';

export type Filter = 'all' | 'asks' | 'running' | 'waiting' | 'failed' | 'unknown' | 'done' | 'cancelled';

interface FilterWords {
  id: Filter;
  label: string;
  tone: Tone | null;
  /** What the program is asked for when older ones are wanted. */
  state: RunState | undefined;
  has: (run: RunInfo) => boolean;
}

/** A run has one of these, in this order; so the filters part all runs. */
export const FILTERS: readonly FilterWords[] = [
  { id: 'all', label: 'All', tone: null, state: undefined, has: () => true },
  { id: 'asks', label: 'Asks you', tone: 'ask', state: 'waiting', has: (run) => run.asking && !run.unknown },
  { id: 'running', label: 'Running', tone: 'accent', state: 'running', has: (run) => run.state === 'running' && !run.asking && !run.unknown },
  { id: 'waiting', label: 'Waiting', tone: null, state: 'waiting', has: (run) => run.state === 'waiting' && !run.asking && !run.unknown },
  { id: 'failed', label: 'Failed', tone: 'danger', state: 'failed', has: (run) => run.state === 'failed' },
  { id: 'unknown', label: 'Unknown', tone: 'warn', state: 'waiting', has: (run) => run.unknown },
  { id: 'done', label: 'Done', tone: null, state: 'completed', has: (run) => run.state === 'completed' },
  { id: 'cancelled', label: 'Cancelled', tone: null, state: 'cancelled', has: (run) => run.state === 'cancelled' },
];

export const filterOf = (id: Filter): FilterWords => FILTERS.find((filter) => filter.id === id) ?? (FILTERS[0] as FilterWords);

/** Ids of runs sort by the time at which they began. */
export const newestFirst = (a: RunInfo, b: RunInfo): number => (a.run < b.run ? 1 : a.run > b.run ? -1 : 0);

/** What is known of runs. */
export interface Pool {
  byId: ReadonlyMap<string, RunInfo>;
  /** All runs are known from the newest down to this one; "" when all there are. */
  downTo: string;
}

export const NO_RUNS: Pool = { byId: new Map(), downTo: '\uffff' };

export interface Changes {
  runs: readonly RunInfo[];
  removed: readonly string[];
  /** These are the newest, in place of all that was told before. */
  whole: boolean;
}

/** How many the first item of the feed has at most. */
export const NEWEST = 100;

export function changed(pool: Pool, { runs, removed, whole }: Changes): Pool {
  const byId = new Map(whole ? [] : pool.byId);
  for (const id of removed) byId.delete(id);
  for (const run of runs) byId.set(run.run, run);
  if (!whole) return { byId, downTo: pool.downTo };
  return { byId, downTo: runs.length < NEWEST ? '' : (runs.at(-1)?.run ?? '') };
}

/** With older runs; `through` are all there are from what was known down to the last of them. */
export function withOlder(pool: Pool, runs: readonly RunInfo[], through: boolean, isLast: boolean): Pool {
  const byId = new Map(pool.byId);
  // The feed knows better what changes.
  for (const run of runs) if (!byId.has(run.run)) byId.set(run.run, run);
  const downTo = !through ? pool.downTo : isLast ? '' : (runs.at(-1)?.run ?? pool.downTo);
  return { byId, downTo };
}

/** Whether a run has all words of a text, in its names, id, error or who began it. */
export function fitsText(run: RunInfo, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const said = `${run.name} ${run.flow_id} ${run.run} ${run.by} ${run.flow} ${run.error ?? ''}`.toLowerCase();
  return words.every((word) => said.includes(word));
}

/** The runs that are listed, the newest first. Without filter and text, only as far down as all are known. */
export function listed(pool: Pool, filter: Filter, text: string): RunInfo[] {
  const { has } = filterOf(filter);
  const narrow = filter !== 'all' || text.trim() !== '';
  return [...pool.byId.values()].filter((run) => (narrow || run.run >= pool.downTo) && has(run) && fitsText(run, text)).sort(newestFirst);
}

export const countOf = (pool: Pool, filter: Filter): number => {
  const { has } = filterOf(filter);
  let count = 0;
  for (const run of pool.byId.values()) if (has(run)) count += 1;
  return count;
};

const MOST_BLOCKS = 12;

/** The blocks of a strip of steps: one for each step, or for many steps a share of 12. What there is at all has a block. */
export function strip(run: Pick<RunInfo, 'steps' | 'asking' | 'unknown'>): string[] {
  const { total, done, failed, running, waiting, skipped } = run.steps;
  const pending = Math.max(0, total - done - failed - running - waiting - skipped);
  const waits = run.unknown ? 'warn' : run.asking ? 'ask' : 'text-3';
  const parts: [string, number][] = [['ok', done], ['danger', failed], ['accent', running], [waits, waiting], ['line-2', skipped], ['line', pending]];
  const share = Math.min(1, MOST_BLOCKS / Math.max(1, total));
  return parts.flatMap(([tone, count]) => Array.from<string>({ length: count === 0 ? 0 : Math.max(1, Math.round(count * share)) }).fill(tone));
}

export function stripWords({ steps }: Pick<RunInfo, 'steps'>): string {
  const ended = steps.done + steps.skipped + steps.failed;
  return `${ended} of ${steps.total} steps${steps.failed > 0 ? `, ${steps.failed} failed` : ''}`;
}

export const isOver = (run: Pick<RunInfo, 'ended_at'>): boolean => run.ended_at !== undefined;

/** Who began a run, in words. The owner of the workspace is who reads this. */
export const startedBy = (by: string): string => (by === 'owner' ? 'You' : by);
