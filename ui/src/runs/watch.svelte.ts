// A run that is looked at: its moments, live, and the moment that is shown, for everything on the page that shows it.

import { call } from '../api/client';
import { ApiFailure } from '../api/failure';
import { type Feed, feed } from '../api/live';
import type { Digest, Json, RunInfo } from '../api/types';
import { canvasMoves } from '../canvas/moving';
import type { Flow } from '../document/flow';
import { readFlow } from '../document/read';
import { kinds } from '../editor/kinds.svelte';
import { now, nowFine } from '../parts/now';
import { wholeValue } from './calls';
import { RunFold, type Track, withoutIterations } from './fold';
import { type Focus, type StepName, givenBy, stepName } from './names';
import { type Choice, isShown, roundsOn } from './rounds';
import type { Outputs, Side } from './types';

/** What is known of a run; a new one at each change, over the same fold. */
export interface Known {
  info: RunInfo;
  fold: RunFold;
  /** How many moments there are. */
  count: number;
}

/** The moment that is shown. */
export interface Cursor {
  index: number;
  /** Milliseconds since the run began; it may lie after the moment. */
  offset: number;
}

/** How to run again from a step, or what would come of the run on another version. */
export type Asks = { what: 'again'; from: string } | { what: 'rehearse' };

/** The version that a run runs with. */
export interface RunFlow {
  id: string;
  name: string;
  digest: Digest;
  text: string;
  document: Flow | undefined;
}

const MINUTE = 60_000;
export class RunWatch {
  readonly id: string;
  readonly feed: Feed<Known>;
  /** `null` is live: the newest moment, as time goes on. */
  cursor = $state.raw<Cursor | null>(null);
  focus = $state.raw<Focus | null>(null);
  /** The iterations that are shown. */
  choice = $state.raw<Choice>(new Map());
  /** What is asked about the run in a dialog of its panel. */
  asks = $state.raw<Asks | null>(null);
  flow = $state.raw<RunFlow>();
  flowFailure = $state.raw<ApiFailure>();
  #asked = false;
  #large = new Map<string, Promise<Json>>();

  constructor(id: string) {
    this.id = id;
    this.feed = feed('run.moments', { run: id }, (before: Known | undefined, item): Known => {
      const fold = (before?.fold ?? new RunFold()).append(item.moments);
      return { info: item.info, fold, count: fold.moments.length };
    }, canvasMoves);
  }

  get known(): Known | undefined {
    return this.feed.value;
  }

  get info(): RunInfo | undefined {
    return this.known?.info;
  }

  get isLive(): boolean {
    return this.cursor === null;
  }

  /** The place of the moment that is shown; -1 where there is none yet. */
  get index(): number {
    const last = (this.known?.count ?? 0) - 1;
    return this.cursor ? Math.min(this.cursor.index, last) : last;
  }

  /** How long the run has gone on, in milliseconds; it grows while the run is under way. */
  get length(): number {
    const known = this.known;
    if (!known) return 0;
    if (known.info.ended_at !== undefined) return Math.max(known.fold.length, known.info.ended_at - known.info.started_at);
    const rough = now() - known.info.started_at;
    return Math.max(known.fold.length, rough < MINUTE ? nowFine() - known.info.started_at : rough);
  }

  /** The time that is shown, in milliseconds since the run began. */
  get offset(): number {
    return this.cursor ? this.cursor.offset : this.length;
  }

  /** Shows a moment; beyond the newest it is live again. */
  showMoment(index: number): void {
    const fold = this.known?.fold;
    if (!fold || index > fold.last) {
      this.cursor = null;
      return;
    }
    const at = Math.max(0, index);
    this.cursor = { index: at, offset: fold.offsets[at] ?? 0 };
  }

  /** Shows how everything stood so many milliseconds after the start. */
  showTime(offset: number): void {
    const fold = this.known?.fold;
    if (!fold) return;
    if (offset >= this.length) this.cursor = null;
    else this.cursor = { index: Math.max(0, fold.atOffset(offset)), offset: Math.max(0, offset) };
  }

  /** Shows one iteration of a frame, or all; what is looked at goes along. */
  showRound(frame: string, round: number | undefined): void {
    const next = new Map(this.choice);
    if (round === undefined) next.delete(frame);
    else next.set(frame, round);
    this.choice = next;
    const { focus } = this;
    if (!focus || round === undefined || isShown(focus.path, next)) return;
    const path = this.trackOf(withoutIterations(focus.path))?.path;
    if (path !== undefined) this.focus = { ...focus, path };
  }

  /** The step of a node that is shown: in the iterations that are chosen, the last that began. */
  trackOf(node: string): Track | undefined {
    const fold = this.known?.fold;
    const shown = fold?.iterations(node).filter(({ path }) => isShown(path, this.choice)) ?? [];
    return shown.findLast((track) => fold?.changeAt(track, this.index) !== undefined) ?? shown.at(-1);
  }

  /** Looks at a step. Where one iteration is shown, it is then that of the step. */
  look(focus: Focus): void {
    this.focus = focus;
    const next = new Map(this.choice);
    for (const { frame, number } of roundsOn(focus.path)) if (next.has(frame)) next.set(frame, number);
    if ([...next].some(([frame, number]) => this.choice.get(frame) !== number)) this.choice = next;
  }

  showLive(): void {
    this.cursor = null;
  }

  /** Asks for the version that the run runs with and the names of kinds; once. */
  async loadFlow(): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    this.flowFailure = undefined;
    try {
      // Without the kinds steps have plainer names.
      void kinds.load();
      const flow = await call('run.flow', { run: this.id });
      this.flow = { ...flow, document: documentOf(flow.text) };
    } catch (thrown) {
      this.#asked = false;
      this.flowFailure = ApiFailure.of(thrown);
    }
  }

  name(path: string): StepName {
    return stepName(this.flow?.document, (kind) => kinds.of(kind), path);
  }

  /** What a step had given by a moment, the one that is shown where none is named. */
  given(path: string, index = this.index): Outputs | undefined {
    const known = this.known;
    return known && givenBy(this.flow?.document, known.fold, path, index);
  }

  /** A large value, whole. It is asked for once. */
  whole(path: string, port: string, side: Side): Promise<Json> {
    const key = JSON.stringify([path, port, side]);
    const asked = this.#large.get(key) ?? wholeValue(this.id, path, port, side);
    this.#large.set(key, asked);
    asked.catch(() => this.#large.delete(key));
    return asked;
  }
}

/** A version that this window can't read is shown without names. */
function documentOf(text: string): Flow | undefined {
  try {
    return readFlow(text);
  } catch {
    return undefined;
  }
}

const MOST_WATCHED = 6;
const watched = new Map<string, RunWatch>();

/** The one watch of a run: what is shown of it is the same wherever it is shown. */
export function watchRun(id: string): RunWatch {
  const watch = watched.get(id) ?? new RunWatch(id);
  watched.delete(id);
  watched.set(id, watch);
  for (const oldest of watched.keys()) {
    if (watched.size <= MOST_WATCHED) break;
    watched.delete(oldest);
  }
  return watch;
}
