// A run as the canvas shows it: states, times, last values and wires at the moment that is shown, and what changed.

import { untrack } from 'svelte';
import type { StepState } from '../api/types';
import { nodeOf, portOf } from '../document/flow';
import { innerEnds } from '../document/frames';
import type { PathEdge, RunChange, Rounds, RunView, WireState } from '../editor/run-view';
import { type RunFold, type Track, withoutIterations } from './fold';
import { nodeOfPath } from './names';
import { originWords } from './origin';
import { RoundBook, isShown } from './rounds';
import type { Outputs } from './types';
import { isUnderWay, stretches, took } from './timeline';
import { briefOutputs } from './values/brief';
import type { RunWatch } from './watch.svelte';

/** Of several iterations of a node the state is shown that matters most to who looks. */
const TELLING: readonly StepState[] = ['asking', 'unknown', 'failed', 'running', 'sleeping', 'pending', 'done', 'skipped'];

const NO_CHANGE: RunChange = { nodes: [], gave: [] };

export class CanvasRun implements RunView {
  readonly run: string;
  readonly #watch: RunWatch;
  #brief = new WeakMap<object, string>();
  #book: { fold: RunFold; book: RoundBook } | undefined;

  constructor(watch: RunWatch) {
    this.#watch = watch;
    this.run = watch.id;
  }

  // `follow` tells changes; a card that reads its own part must not hear of all others.
  get #fold(): RunFold | undefined {
    return untrack(() => this.#watch.known?.fold);
  }
  get #index(): number {
    return untrack(() => this.#watch.index);
  }

  #tracks(path: string): readonly Track[] {
    const [tracks, choice] = [this.#fold?.iterations(path) ?? [], untrack(() => this.#watch.choice)];
    return choice.size === 0 ? tracks : tracks.filter((track) => isShown(track.path, choice));
  }

  /** The iteration that is told of: the last that has begun. */
  #newest(path: string): Track | undefined {
    const fold = this.#fold;
    const begun = (track: Track): boolean => fold?.changeAt(track, this.#index) !== undefined;
    return this.#tracks(path).findLast(begun);
  }

  #given(path: string): Outputs | undefined {
    return untrack(() => this.#watch.given(path));
  }

  state(path: string): StepState | undefined {
    const fold = this.#fold;
    const states = this.#tracks(path).map((track) => fold?.changeAt(track, this.#index)?.state);
    return states.length > 1 ? TELLING.find((state) => states.includes(state)) : states[0];
  }

  elapsed(path: string): number | undefined {
    const [fold, track] = [this.#fold, this.#newest(path)];
    if (!fold || !track) return undefined;
    return took(stretches(fold, track, this.#index), untrack(() => this.#watch.offset)) ?? undefined;
  }

  ticks(path: string): boolean {
    const state = this.state(path);
    return untrack(() => this.#watch.isLive) && state !== undefined && isUnderWay(state);
  }

  lastValue(path: string): string | undefined {
    const [fold, track] = [this.#fold, this.#newest(path)];
    if (!fold || !track) return undefined;
    const state = this.state(path);
    if (state === 'asking') return 'waits for an approver';
    if (state === 'failed' || state === 'unknown') return fold.failureAt(track.path, this.#index)?.message;
    const outputs = this.#given(track.path);
    if (!outputs) return undefined;
    const line = this.#line(outputs);
    const mark = track.origin && originWords(track.origin).word;
    return (mark && line ? `${mark}: ${line}` : mark) ?? (line || undefined);
  }

  #line(outputs: Outputs): string {
    const known = this.#brief.get(outputs) ?? briefOutputs(outputs);
    this.#brief.set(outputs, known);
    return known;
  }

  edgeState({ from, port, to, gives }: PathEdge): WireState | undefined {
    const next = this.state(to);
    const cameOfIt = next === 'skipped' ? 'skipped' : next === undefined || next === 'pending' ? undefined : 'taken';
    // What a frame gives to what stands in it is there as soon as that begins.
    if (gives) return cameOfIt;
    const state = this.state(from);
    if (state === 'skipped') return 'skipped';
    if (state !== 'done') return undefined;
    const track = this.#newest(from);
    const outputs = track && this.#given(track.path);
    if (outputs) return port in outputs ? 'taken' : 'skipped';
    // Of steps that the machine does itself no moment tells what they gave; what came of it does.
    return cameOfIt;
  }

  rounds(path: string): Rounds | undefined {
    const fold = this.#fold;
    if (!fold) return undefined;
    if (this.#book?.fold !== fold) this.#book = { fold, book: new RoundBook() };
    const choice = untrack(() => this.#watch.choice);
    const found = this.#book.book.of(fold, path, choice, this.#index, (step) => this.#isCaught(step));
    return found && { ...found, of: this.#length(path) };
  }

  /** Whether what fails goes on by a wire. */
  #isCaught(path: string): boolean {
    return untrack(() => this.#watch.flow?.document)?.edges.some(({ from }) => from === `${nodeOfPath(path)}.error`) ?? false;
  }

  /** The length of the list that a frame goes through, as far as moments tell it. */
  #length(path: string): number | undefined {
    const flow = untrack(() => this.#watch.flow?.document);
    const id = nodeOfPath(path);
    const edge = flow?.edges.find((one) => one.to === `${id}.items` && !innerEnds(flow, one).to);
    const scope = path.slice(0, path.length - id.length);
    const track = edge && (this.#newest(scope + nodeOf(edge.from)) ?? this.#newest(nodeOf(edge.from)));
    const value = edge && track && this.#given(track.path)?.[portOf(edge.from)];
    return Array.isArray(value) ? value.length : undefined;
  }

  hasStep(path: string): boolean {
    return this.#tracks(path).length > 0;
  }
  askAgain(path: string): void {
    this.#watch.asks = { what: 'again', from: this.#watch.trackOf(path)?.path ?? path };
  }

  choose(path: string, round: number | undefined): void {
    this.#watch.showRound(path, round);
  }

  follow(onChange: (change: RunChange) => void): () => void {
    let last: { fold: RunFold; index: number; choice: unknown } | undefined;
    let frame = 0;
    let pending: RunChange = NO_CHANGE;
    const tell = (): void => {
      frame = 0;
      const change = pending;
      pending = NO_CHANGE;
      onChange(change);
    };
    const stop = $effect.root(() => {
      $effect(() => {
        const [fold, index, live, choice] = [this.#watch.known?.fold, this.#watch.index, this.#watch.isLive, this.#watch.choice];
        if (!fold) return;
        const onward = live && last?.fold === fold && index >= last.index && choice === last.choice;
        pending = onward ? joined(pending, changeOf(fold, last?.index ?? -1, index)) : { ...NO_CHANGE, whole: true };
        last = { fold, index, choice };
        if (frame === 0) frame = requestAnimationFrame(tell);
      });
    });
    void this.#watch.loadFlow();
    return () => {
      cancelAnimationFrame(frame);
      stop();
    };
  }
}

/** What the moments after one and up to another changed. */
export function changeOf(fold: RunFold, after: number, upTo: number): RunChange {
  const nodes = new Set<string>();
  const gave = new Set<string>();
  for (let index = after + 1; index <= upTo; index += 1) {
    const moment = fold.moments[index];
    for (const { path } of moment?.steps ?? []) nodes.add(withoutIterations(path));
    if (moment?.path === undefined || !moment.outputs) continue;
    for (const port of Object.keys(moment.outputs)) gave.add(`${withoutIterations(moment.path)}.${port}`);
  }
  return { nodes: [...nodes], gave: [...gave] };
}

function joined(before: RunChange, after: RunChange): RunChange {
  return before.whole ? before : { nodes: [...before.nodes, ...after.nodes], gave: [...before.gave, ...after.gave] };
}
