// A run as the canvas shows it: states, times, last values and wires at the moment that is shown, and what changed.

import { untrack } from 'svelte';
import type { StepState } from '../api/types';
import { type Edge, edgeId, edgeOf, nodeOf, portOf } from '../document/flow';
import type { RunChange, RunView, WireState } from '../editor/run-view';
import { type RunFold, type Track, withoutIterations } from './fold';
import type { Outputs } from './types';
import { isUnderWay, stretches, took } from './timeline';
import { briefOutputs } from './values/brief';
import type { RunWatch } from './watch.svelte';

/** Of several iterations of a node the state is shown that matters most to who looks. */
const TELLING: readonly StepState[] = ['asking', 'unknown', 'failed', 'running', 'sleeping', 'pending', 'done', 'skipped'];

const NO_EDGES: readonly Edge[] = [];

export class CanvasRun implements RunView {
  readonly run: string;
  readonly #watch: RunWatch;
  #brief = new WeakMap<object, string>();

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
    return this.#fold?.iterations(path) ?? [];
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
    return this.#line(outputs) || undefined;
  }

  #line(outputs: Outputs): string {
    const known = this.#brief.get(outputs) ?? briefOutputs(outputs);
    this.#brief.set(outputs, known);
    return known;
  }

  edgeState(edge: string): WireState | undefined {
    const { from, to } = edgeOf(edge);
    const state = this.state(nodeOf(from));
    if (state === 'skipped') return 'skipped';
    if (state !== 'done') return undefined;
    const track = this.#newest(nodeOf(from));
    const outputs = track && this.#given(track.path);
    if (outputs) return portOf(from) in outputs ? 'taken' : 'skipped';
    // Of steps that the machine does itself no moment tells what they gave; what came of it does.
    const next = this.state(nodeOf(to));
    if (next === 'skipped') return 'skipped';
    return next === undefined || next === 'pending' ? undefined : 'taken';
  }

  follow(onChange: (change: RunChange) => void): () => void {
    let last: { fold: RunFold; index: number; edges: readonly Edge[] } | undefined;
    let frame = 0;
    let pending: RunChange = { nodes: [], edges: [] };
    const tell = (): void => {
      frame = 0;
      const change = pending;
      pending = { nodes: [], edges: [] };
      onChange(change);
    };
    const stop = $effect.root(() => {
      $effect(() => {
        const [fold, index, live] = [this.#watch.known?.fold, this.#watch.index, this.#watch.isLive];
        const edges = this.#watch.flow?.document?.edges ?? NO_EDGES;
        if (!fold) return;
        const onward = live && last?.fold === fold && last.edges === edges && index >= last.index;
        pending = onward ? joined(pending, changeOf(fold, edges, last?.index ?? -1, index)) : { nodes: [], edges: [], whole: true };
        last = { fold, index, edges };
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
export function changeOf(fold: RunFold, edges: readonly Edge[], after: number, upTo: number): RunChange {
  const nodes = new Set<string>();
  const finished = new Set<string>();
  for (let index = after + 1; index <= upTo; index += 1) {
    const moment = fold.moments[index];
    for (const { path } of moment?.steps ?? []) nodes.add(withoutIterations(path));
    if (moment?.path === undefined || !moment.outputs) continue;
    for (const port of Object.keys(moment.outputs)) finished.add(`${withoutIterations(moment.path)}.${port}`);
  }
  const touched = edges.filter(({ from }) => nodes.has(nodeOf(from)));
  const pulses = touched.filter(({ from }) => finished.has(from));
  return { nodes: [...nodes], edges: touched.map(edgeId), pulses: pulses.map(edgeId) };
}

function joined(before: RunChange, after: RunChange): RunChange {
  if (before.whole) return before;
  return {
    nodes: [...before.nodes, ...after.nodes],
    edges: [...before.edges, ...after.edges],
    pulses: [...(before.pulses ?? []), ...(after.pulses ?? [])],
  };
}
