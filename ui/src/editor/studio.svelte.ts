// What is open in the studio, and what the runs section puts into it.

import type { Component } from 'svelte';
import { ApiFailure } from '../api/failure';
import { NotAFlow } from '../document/read';
import { setSetting, setting } from '../shell/settings';
import { go, path, route } from '../shell/router';
import type { Json, RunInput } from '../api/types';
import { kinds } from './kinds.svelte';
import { OpenFlow } from './open-flow.svelte';
import type { Given } from './node-inputs';
import type { RunView } from './run-view';

/** A flow on its way to being open. */
export type Opening = { flow?: OpenFlow; failure?: ApiFailure };

const TABS = 'studio.tabs';
const PASSIVE: ReadonlySet<string> = new Set(['input', 'output', 'note']);

/** What the runs section puts into the studio. */
export interface StudioParts {
  /** The run panel under the canvas. */
  below?: Component<{ flow: OpenFlow }>;
  /** Words about a run of this flow, beside Run. */
  beside?: Component<{ flow: OpenFlow }>;
  /** What the run that is shown tells of one step, in the inspector. */
  step?: Component<{ run: string; path: string; onagain: () => void }>;
}

/** Runs of one node alone. */
export interface NodeRuns {
  inputs(step: string, ports: readonly string[]): Promise<Record<string, Json>>;
  start(flow: OpenFlow, node: string, given: Given): Promise<void>;
}

class Studio {
  #flows = $state.raw<ReadonlyMap<string, Opening>>(new Map());
  /** The runs that are shown, by flow. */
  #runs = $state.raw<ReadonlyMap<string, RunView>>(new Map());
  parts = $state.raw<StudioParts>({});
  #onRun: ((flow: string, inputs: RunInput[]) => unknown) | undefined;
  #nodes: NodeRuns | undefined;
  isBelowOpen = $derived(setting('studio.below', false));

  get tabs(): string[] {
    return setting<string[]>(TABS, []);
  }

  /** The flow of an id; opens it where it isn't. */
  opening(id: string): Opening | undefined {
    return this.#flows.get(id);
  }

  async open(id: string): Promise<void> {
    if (this.#flows.get(id)?.flow) return;
    this.#set(id, {});
    try {
      this.#set(id, { flow: await OpenFlow.open(id) });
    } catch (thrown) {
      const failure = thrown instanceof NotAFlow ? new ApiFailure({ code: 'FLOW_PROBLEMS', message: thrown.message, hint: thrown.hint }) : ApiFailure.of(thrown);
      this.#set(id, { failure });
    }
  }

  #set(id: string, opening: Opening | undefined): void {
    const next = new Map(this.#flows);
    if (opening) next.set(id, opening);
    else next.delete(id);
    this.#flows = next;
  }

  get openFlows(): OpenFlow[] {
    return [...this.#flows.values()].flatMap((opening) => opening.flow ?? []);
  }

  addTab(id: string): void {
    if (!this.tabs.includes(id)) setSetting(TABS, [...this.tabs, id]);
  }

  /** Whether the way to the studio leads to the last tab; not right after the last one was closed. */
  returns = true;

  closeTab(id: string): void {
    this.#flows.get(id)?.flow?.close();
    this.#leave(id);
  }

  /** Closes what a flow that was deleted leaves open. */
  dropFlow(id: string): void {
    this.#flows.get(id)?.flow?.drop();
    if (this.tabs.includes(id)) this.#leave(id);
    else this.#set(id, undefined);
  }

  #leave(id: string): void {
    const at = this.tabs.indexOf(id);
    const rest = this.tabs.filter((tab) => tab !== id);
    setSetting(TABS, rest);
    this.#set(id, undefined);
    if (route.segments[0] !== 'studio' || route.segments[1] !== id) return;
    const next = rest[Math.min(at, rest.length - 1)];
    this.returns = false;
    go(next === undefined ? '/studio' : path('studio', next));
    this.returns = true;
  }

  /** Puts parts of other sections in their places. */
  fill(parts: StudioParts): void {
    this.parts = { ...this.parts, ...parts };
  }

  /** Says who starts runs. */
  set onRun(start: (flow: string, inputs: RunInput[]) => unknown) {
    this.#onRun = start;
  }
  set nodeRuns(runs: NodeRuns) {
    this.#nodes = runs;
  }
  /** Whether a node of a kind can be run alone; those that only pass on what the flow is given and gives do nothing of their own. */
  runsAlone(kind: string | undefined): boolean {
    return this.#nodes !== undefined && kind !== undefined && kinds.of(kind) !== undefined && !PASSIVE.has(kind);
  }
  run(flow: string, inputs: RunInput[]): unknown {
    return this.#onRun?.(flow, inputs);
  }
  /** What came into a step in the last run, as far as it is known. */
  async nodeInputs(step: string, ports: readonly string[]): Promise<Record<string, Json>> {
    return (await this.#nodes?.inputs(step, ports)) ?? {};
  }
  /** Starts one node alone. Throws `ApiFailure`. */
  async runNode(flow: OpenFlow, node: string, given: Given): Promise<void> {
    await this.#nodes?.start(flow, node, given);
  }

  /** Shows a run on a flow's canvas, or none. */
  showRun(flow: string, view: RunView | undefined): void {
    const next = new Map(this.#runs);
    if (view) next.set(flow, view);
    else next.delete(flow);
    this.#runs = next;
  }
  runOf(flow: string): RunView | undefined {
    return this.#runs.get(flow);
  }

  setBelow(open: boolean): void {
    setSetting('studio.below', open);
  }
}

export const studio = new Studio();
