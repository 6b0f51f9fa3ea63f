// A run's moments, folded: where every step stood after any of them. Nothing is folded twice: each step keeps its own changes in order,
// so that any moment is found by bisection, and one more moment costs no more than what it changed.

import type { Moment, StepState } from '../api/types';
import type { GivenStep, MomentFailure, Outputs } from './types';

/** A step that came to stand somewhere else. */
export interface Change {
  /** The moment by its place in the list. */
  index: number;
  state: StepState;
  attempt: number;
  /** How long the attempt that ended by it took, in microseconds. */
  tookUs?: number;
}

interface Given {
  index: number;
  outputs: Outputs;
}

/** One step through the whole run. */
export interface Track {
  path: string;
  /** Its place in the order in which steps came to be known. */
  order: number;
  changes: Change[];
  given: Given[];
  /** The moments that are about it. */
  about: number[];
  failures: { index: number; failure: MomentFailure }[];
  prompts: { index: number; prompt: string }[];
  /** Where what it gives is from, where it is not carried out in this run. */
  origin?: Origin;
}

/** Why a step gives something without being carried out: it is copied from an earlier run, or somebody set it by hand. */
export type Origin = { from: 'run'; run: string } | { from: 'hand' };

/** The order of the numbers that are kept for each moment. */
const COUNTED: readonly StepState[] = ['pending', 'running', 'asking', 'sleeping', 'unknown', 'done', 'skipped', 'failed'];
export type Counts = Record<StepState, number>;

/** The place of the last item whose number is not above `most`; -1 where there is none. */
export function lastUpTo<T>(items: readonly T[], most: number, number: (item: T) => number): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (number(items[middle] as T) <= most) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Over how many iterations a path goes, taken out: `pay-all[3]/pay` is `pay`, `weekly/report` stays. */
export const withoutIterations = (path: string): string =>
  path.includes('[') ? path.split('/').filter((part) => !part.endsWith(']')).join('/') : path;

const indexOf = (item: { index: number }): number => item.index;

export class RunFold {
  readonly moments: Moment[] = [];
  readonly tracks = new Map<string, Track>();
  /** The same, in the order in which they came to be known. */
  readonly order: Track[] = [];
  /** Milliseconds since the first moment, never going back, for each moment. */
  readonly offsets: number[] = [];
  #byNode = new Map<string, Track[]>();
  #counts: number[] = [];
  #attempts = new Map<string, number>();
  #now: number[] = COUNTED.map(() => 0);
  #givenAtStart: Record<string, GivenStep> = {};

  /** Takes in what comes next. Moments that are known already are left out. */
  append(moments: readonly Moment[]): this {
    for (const moment of moments) if (moment.seq > (this.moments.at(-1)?.seq ?? 0)) this.#take(moment);
    return this;
  }

  #take(moment: Moment): void {
    const index = this.moments.push(moment) - 1;
    this.offsets.push(Math.max(this.offsets.at(-1) ?? 0, moment.at - this.startedAt));
    if (moment.given) this.#givenAtStart = moment.given;
    const about = moment.path === undefined ? undefined : this.#track(moment.path);
    if (about) {
      about.about.push(index);
      if (moment.attempt !== undefined) this.#attempts.set(about.path, moment.attempt);
      if (moment.event === 'finished' && moment.outputs) about.given.push({ index, outputs: moment.outputs });
      if (moment.failure) about.failures.push({ index, failure: moment.failure });
      if (moment.prompt !== undefined) about.prompts.push({ index, prompt: moment.prompt });
    }
    for (const { path, state } of moment.steps) this.#move(this.#track(path), index, state, path === moment.path ? moment.took_us : undefined);
    // The next try of a step that failed is another attempt.
    if (about && moment.event === 'failed') this.#attempts.set(about.path, (moment.attempt ?? 1) + 1);
    for (const count of this.#now) this.#counts.push(count);
  }

  #track(path: string): Track {
    const known = this.tracks.get(path);
    if (known) return known;
    const given = this.#givenAtStart[path];
    const origin: Origin | undefined = given && (given.run === undefined ? { from: 'hand' } : { from: 'run', run: given.run });
    const track: Track = { path, order: this.order.length, changes: [], given: [], about: [], failures: [], prompts: [], ...(origin && { origin }) };
    this.tracks.set(path, track);
    this.order.push(track);
    const node = withoutIterations(path);
    const same = this.#byNode.get(node);
    if (same) same.push(track);
    else this.#byNode.set(node, [track]);
    return track;
  }

  #move(track: Track, index: number, state: StepState, tookUs: number | undefined): void {
    const before = track.changes.at(-1);
    if (before) this.#count(before.state, -1);
    this.#count(state, 1);
    const attempt = this.#attempts.get(track.path) ?? 1;
    track.changes.push({ index, state, attempt, ...(tookUs !== undefined && { tookUs }) });
    // What is not carried out gives what it was given as soon as its turn has come; no moment tells of it.
    const given = track.origin && state === 'done' ? this.#givenAtStart[track.path] : undefined;
    if (given) track.given.push({ index, outputs: given.outputs });
  }

  #count(state: StepState, by: number): void {
    const at = COUNTED.indexOf(state);
    this.#now[at] = (this.#now[at] ?? 0) + by;
  }

  /** The place of the newest moment; -1 before the first. */
  get last(): number {
    return this.moments.length - 1;
  }

  /** When the run began, in milliseconds since the epoch. */
  get startedAt(): number {
    return this.moments[0]?.at ?? 0;
  }

  /** Milliseconds from the first moment to the last. */
  get length(): number {
    return this.offsets.at(-1) ?? 0;
  }

  /** The last moment that is not after this many milliseconds from the start. */
  atOffset(offset: number): number {
    return lastUpTo(this.offsets, offset, (at) => at);
  }

  /** The moment with this number in the run, or the one before it. */
  atSeq(seq: number): number {
    return lastUpTo(this.moments, seq, (moment) => moment.seq);
  }

  changeAt(track: Track, index: number): Change | undefined {
    return track.changes[lastUpTo(track.changes, index, indexOf)];
  }

  /** Where a step stood after a moment; `undefined` where it was not known yet. */
  stateAt(path: string, index: number): StepState | undefined {
    const track = this.tracks.get(path);
    return track && this.changeAt(track, index)?.state;
  }

  /** What a step had given by then. */
  givenAt(path: string, index: number): Outputs | undefined {
    const given = this.tracks.get(path)?.given ?? [];
    return given[lastUpTo(given, index, indexOf)]?.outputs;
  }

  /** Where what a step gives is from, where it is not carried out in this run. */
  originOf(path: string): Origin | undefined {
    return this.tracks.get(path)?.origin;
  }

  /** The run that this one goes on from; `undefined` where it began anew. */
  get parent(): string | undefined {
    return this.moments[0]?.parent;
  }

  /** How the step's last failure by then was. */
  failureAt(path: string, index: number): MomentFailure | undefined {
    const failures = this.tracks.get(path)?.failures ?? [];
    return failures[lastUpTo(failures, index, indexOf)]?.failure;
  }

  /** The last prompt that a step had opened, or that was answered, by then. */
  promptAt(path: string, index: number): string | undefined {
    const prompts = this.tracks.get(path)?.prompts ?? [];
    return prompts[lastUpTo(prompts, index, indexOf)]?.prompt;
  }

  /** All steps of one node, one for each iteration, in order. The node is named as in `weekly/report`, without iterations. */
  iterations(node: string): readonly Track[] {
    return this.#byNode.get(node) ?? [];
  }

  countsAt(index: number): Counts {
    const from = index * COUNTED.length;
    return Object.fromEntries(COUNTED.map((state, at) => [state, (index < 0 ? 0 : this.#counts[from + at]) ?? 0])) as Counts;
  }

  /** The whole picture after a moment. */
  picture(index: number): Map<string, StepState> {
    const states = new Map<string, StepState>();
    for (const track of this.order) {
      const change = this.changeAt(track, index);
      if (change) states.set(track.path, change.state);
    }
    return states;
  }

  /** What the run was given. */
  get inputs(): Outputs | undefined {
    return this.moments[0]?.inputs;
  }
}
