// The geometry of the timeline: what each step did and when, and the axis of time. All times are milliseconds since the run began.

import type { StepState } from '../api/types';
import type { Tone } from '../words/state';
import type { RunFold, Track } from './fold';

/** A stretch of time in which a step was under way in one and the same manner. */
export interface Stretch {
  state: StepState;
  attempt: number;
  from: number;
  /** `null` while it goes on. */
  to: number | null;
  /** What it led to, when it is over. */
  then: StepState | null;
  /** The attempt failed, whether it is tried again or not. */
  broke: boolean;
  tookUs?: number;
}

const UNDER_WAY: ReadonlySet<StepState> = new Set(['running', 'asking', 'sleeping', 'unknown']);

export const isUnderWay = (state: StepState): boolean => UNDER_WAY.has(state);

/** What a step did up to a moment. */
export function stretches(fold: RunFold, track: Track, index: number): Stretch[] {
  const list: Stretch[] = [];
  let open: Stretch | null = null;
  for (const change of track.changes) {
    if (change.index > index) break;
    const at = fold.offsets[change.index] ?? 0;
    if (open) {
      open.to = at;
      open.then = change.state;
      open.broke = change.state === 'failed' || fold.moments[change.index]?.event === 'failed';
      if (change.tookUs !== undefined) open.tookUs = change.tookUs;
      open = null;
    }
    if (isUnderWay(change.state)) {
      open = { state: change.state, attempt: change.attempt, from: at, to: null, then: null, broke: false };
      list.push(open);
    }
  }
  return list;
}

/** The colour of a stretch: of what it is, and once it is over of what came of it. */
export function stretchTone({ state, then, broke }: Pick<Stretch, 'state' | 'then' | 'broke'>): Tone {
  if (state === 'asking') return 'ask';
  if (state === 'sleeping') return 'text-3';
  if (state === 'unknown') return 'warn';
  if (broke) return 'danger';
  if (then === 'unknown') return 'warn';
  return then === null ? 'accent' : 'ok';
}

/** How long a step has taken by a time: its attempt as the program measured it, else from its first move to its last. `null` before it began. */
export function took(list: readonly Stretch[], now: number): number | null {
  const [first, last] = [list[0], list.at(-1)];
  if (!first || !last) return null;
  if (list.length === 1 && last.tookUs !== undefined) return last.tookUs / 1000;
  return Math.max(0, (last.to ?? now) - first.from);
}

/** The part of the time that is shown. */
export interface View {
  from: number;
  to: number;
}

const STEPS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** The end of an axis on which `length` fits with some room; while it grows it stays the same for as long as possible. */
export function roomFor(length: number): number {
  const least = Math.max(length * 1.06, 10);
  const unit = 10 ** Math.floor(Math.log10(least));
  return unit * (STEPS.find((step) => step * unit >= least) ?? 10);
}

const TICKS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 3000, 5000, 10_000, 15_000, 30_000,
  60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 86_400_000,
];

/** How far ticks stand apart, so that there is at least `room` pixels between two. */
export function tickStep(view: View, width: number, room = 90): number {
  const least = ((view.to - view.from) * room) / Math.max(1, width);
  return TICKS.find((step) => step >= least) ?? Math.ceil(least / 86_400_000) * 86_400_000;
}

/** The ticks that are in the view. */
export function ticks(view: View, width: number): number[] {
  const step = tickStep(view, width);
  const list: number[] = [];
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) list.push(at);
  return list;
}

/** A tick in words: `0 s`, `3 s`, `0.5 s`, `20 ms`, `2 min`, `1 h 30 min`. */
export function tickWords(at: number, step: number): string {
  if (at === 0) return step < 100 ? '0 ms' : step < 60_000 ? '0 s' : '0 min';
  if (step < 100 && at < 1000) return `${at} ms`;
  if (step < 60_000) {
    const seconds = at / 1000;
    const words = `${Number((seconds % 60).toFixed(3))} s`;
    return seconds < 60 ? words : `${Math.floor(seconds / 60)} min${seconds % 60 === 0 ? '' : ` ${words}`}`;
  }
  const minutes = Math.round(at / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return `${hours} h${minutes % 60 === 0 ? '' : ` ${minutes % 60} min`}`;
}

/** Where a time stands in the view, from 0 to 1 for what is in it. */
export const place = (view: View, at: number): number => (at - view.from) / Math.max(1e-9, view.to - view.from);

/** The time at a place of the view. */
export const timeAt = (view: View, share: number): number => view.from + share * (view.to - view.from);

const LEAST_VIEW_MS = 2;

/** The view enlarged by a factor around a place (0 to 1) that stays where it is, within the whole. */
export function zoomed(view: View, whole: View, factor: number, around: number): View {
  const most = whole.to - whole.from;
  const width = Math.min(most, Math.max(LEAST_VIEW_MS, (view.to - view.from) / factor));
  const at = timeAt(view, around);
  return shifted({ from: at - around * width, to: at - around * width + width }, whole, 0);
}

/** The view moved by some milliseconds, within the whole. */
export function shifted(view: View, whole: View, by: number): View {
  const width = view.to - view.from;
  const from = Math.min(Math.max(whole.from, view.from + by), Math.max(whole.from, whole.to - width));
  return { from, to: from + width };
}

/** A view in which a time is to be seen. */
export function showing(view: View, whole: View, at: number): View {
  if (at >= view.from && at <= view.to) return view;
  return shifted(view, whole, at - (view.from + view.to) / 2);
}
