// The run that is shown on a canvas, as state for the cards in the page and as changes for the layer below them.

import { createSubscriber } from 'svelte/reactivity';
import type { StepState } from '../api/types';
import { LAST } from '../canvas/card';
import type { Layer } from '../canvas/layer';
import { type Flow, edgeId } from '../document/flow';
import { type RunChange, type RunView, type WireState, changesIn } from './run-view';

/** Cards by id: what tells one card that its part of the run changed. */
type Tell = () => void;

export class RunMarks {
  #view = $state.raw<RunView>();
  readonly #tells = new Map<string, Set<Tell>>();
  /** One subscriber for each card on the page. */
  readonly #subscribers = new Map<string, () => void>();
  #prefix = '';
  #states = new Map<string, StepState>();
  #stop: (() => void) | undefined;

  get view(): RunView | undefined {
    return this.#view;
  }

  /** The states of all nodes now, without being told of changes. */
  get states(): ReadonlyMap<string, StepState> {
    return this.#states;
  }

  /** The path of a node's step: in a sub-flow that was gone into, behind its caller's. */
  #path(id: string): string {
    return this.#prefix + id;
  }

  /** Shows a run, or none, on the layer; `prefix` is the way of callers. */
  show(view: RunView | undefined, flow: () => Flow, layer: Layer, prefix = ''): void {
    this.#stop?.();
    this.#stop = undefined;
    this.#view = view;
    this.#prefix = prefix;
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
    for (const id of flow.nodes.keys()) {
      const state = view.state(this.#path(id));
      if (state) states.set(id, state);
    }
    const wires = new Map<string, WireState>();
    for (const edge of flow.edges) {
      const state = view.edgeState(edgeId(edge), this.#prefix);
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
    const { nodes, edges, pulses } = changesIn(flow().edges, change, this.#prefix);
    if (nodes.length === 0) return;
    const states = nodes.map((id) => [id, view.state(this.#path(id)) ?? 'pending'] as const);
    for (const [id, state] of states) this.#states.set(id, state);
    layer.changeRun(
      states,
      edges.flatMap((id) => {
        const state = view.edgeState(id, this.#prefix);
        return state ? [[id, state] as const] : [];
      }),
    );
    if (pulses.length > 0 && document.documentElement.dataset.motion !== 'reduced') layer.pulse(pulses);
    for (const id of nodes) this.#tell(id);
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

  /** How much taller a card is for its last value. */
  extra(id: string): number {
    return this.#view?.lastValue(this.#path(id)) === undefined ? 0 : LAST;
  }
}
