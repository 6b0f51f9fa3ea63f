// The run that is shown on a canvas, as state for the cards in the page and as changes for the layer below them.

import { createSubscriber } from 'svelte/reactivity';
import type { StepState } from '../api/types';
import { LAST } from '../canvas/card';
import type { Layer } from '../canvas/layer';
import { type Edge, type Flow, edgeId, edgeOf, emptyFlow, nodeOf, portOf } from '../document/flow';
import { innerEnds, isRunning, nesting, stepPath } from '../document/frames';
import { type RunChange, type RunView, type Rounds, type WireState, changesIn } from './run-view';

/** Cards by id: what tells one card that its part of the run changed. */
type Tell = () => void;

const NO_FLOW = emptyFlow('', '');

export class RunMarks {
  #view = $state.raw<RunView>();
  readonly #tells = new Map<string, Set<Tell>>();
  /** One subscriber for each card on the page. */
  readonly #subscribers = new Map<string, () => void>();
  #prefix = '';
  #flow: () => Flow = () => NO_FLOW;
  #paths: { frames: Flow['frames']; ids: ReadonlyMap<string, string> } | undefined;
  #states = new Map<string, StepState>();
  #stop: (() => void) | undefined;

  get view(): RunView | undefined {
    return this.#view;
  }

  /** The states of all nodes now, without being told of changes. */
  get states(): ReadonlyMap<string, StepState> {
    return this.#states;
  }

  /** The path of a step: in a sub-flow that was gone into, behind its caller's. */
  #path(id: string): string {
    const flow = this.#flow();
    return this.#prefix + (flow.frames.size > 0 ? stepPath(flow, id) : id);
  }

  /** What has a step of this path on this canvas. */
  #idOf = (path: string): string | undefined => {
    const flow = this.#flow();
    if (flow.frames.size === 0) return path.includes('/') ? undefined : path;
    if (this.#paths?.frames !== flow.frames) {
      const all = [...flow.frames.values()].flatMap((frame) => (isRunning(frame) ? [frame.id, ...frame.members] : []));
      this.#paths = { frames: flow.frames, ids: new Map(all.map((id) => [stepPath(flow, id), id])) };
    }
    return this.#paths.ids.get(path) ?? (path.includes('/') ? undefined : path);
  };

  #wireState(view: RunView, edge: Edge): WireState | undefined {
    const flow = this.#flow();
    const inner = flow.frames.size > 0 && innerEnds(flow, edge).from;
    return view.edgeState({ from: this.#path(nodeOf(edge.from)), port: portOf(edge.from), to: this.#path(nodeOf(edge.to)), gives: inner });
  }

  /** Shows a run, or none, on the layer; `prefix` is the way of callers. */
  show(view: RunView | undefined, flow: () => Flow, layer: Layer, prefix = ''): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#view = view;
    this.#prefix = prefix;
    this.#flow = flow;
    if (!view) {
      this.#states = new Map();
      layer.showRun(undefined, new Map());
      return;
    }
    this.#whole(view, flow(), layer);
    for (const id of this.#tells.keys()) this.#tell(id);
    this.#stop = view.follow((change) => this.#take(view, change, flow, layer));
  }

  stop(): void {
    this.#stop?.();
  }

  #whole(view: RunView, flow: Flow, layer: Layer): void {
    const states = new Map<string, StepState>();
    for (const id of [...flow.nodes.keys(), ...flow.frames.keys()]) {
      const state = view.state(this.#path(id));
      if (state) states.set(id, state);
    }
    const wires = new Map<string, WireState>();
    for (const edge of flow.edges) {
      const state = this.#wireState(view, edge);
      if (state) wires.set(edgeId(edge), state);
    }
    this.#states = states;
    layer.showRun(states, wires);
  }

  #take(view: RunView, change: RunChange, flow: () => Flow, layer: Layer): void {
    if (change.whole) {
      this.#whole(view, flow(), layer);
      for (const id of this.#tells.keys()) this.#tell(id);
      return;
    }
    const { nodes, edges, pulses } = changesIn(flow().edges, change, this.#prefix, this.#idOf);
    if (nodes.length === 0) return;
    const states = nodes.map((id) => [id, view.state(this.#path(id)) ?? 'pending'] as const);
    for (const [id, state] of states) this.#states.set(id, state);
    layer.changeRun(
      states,
      edges.flatMap((id) => {
        const state = this.#wireState(view, edgeOf(id));
        return state ? [[id, state] as const] : [];
      }),
    );
    if (pulses.length > 0 && document.documentElement.dataset.motion !== 'reduced') layer.pulse(pulses);
    const inside = nesting(flow());
    // A frame tells how far what stands in it has come.
    for (const id of new Set(nodes.flatMap((node) => [node, ...inside.around(node)]))) this.#tell(id);
  }

  #tell(id: string): void {
    this.#tells.get(id)?.forEach((tell) => tell());
  }

  #read(id: string): void {
    let subscribe = this.#subscribers.get(id);
    if (!subscribe) {
      subscribe = createSubscriber((update) => {
        const tells = this.#tells.get(id) ?? new Set();
        tells.add(update);
        this.#tells.set(id, tells);
        return () => {
          tells.delete(update);
          if (tells.size === 0) this.#tells.delete(id);
        };
      });
      this.#subscribers.set(id, subscribe);
    }
    subscribe();
  }

  state(id: string): StepState | undefined {
    this.#read(id);
    return this.#view?.state(this.#path(id));
  }
  elapsed(id: string): number | undefined {
    this.#read(id);
    return this.#view?.elapsed(this.#path(id));
  }
  ticks(id: string): boolean {
    this.#read(id);
    return this.#view?.ticks(this.#path(id)) ?? false;
  }
  lastValue(id: string): string | undefined {
    this.#read(id);
    return this.#view?.lastValue(this.#path(id));
  }

  rounds(id: string): Rounds | undefined {
    this.#read(id);
    return this.#view?.rounds(this.#path(id));
  }
  /** Shows one iteration of a frame, or all. */
  choose(id: string, round: number | undefined): void {
    this.#view?.choose(this.#path(id), round);
  }

  /** How much taller a card is for its last value. */
  extra(id: string): number {
    return this.#view?.lastValue(this.#path(id)) === undefined ? 0 : LAST;
  }
}
