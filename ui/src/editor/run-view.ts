// What the canvas needs of a run to show it: the runs section gives one for each flow whose run is looked at.

import type { StepState } from '../api/types';
import { type Edge, edgeId, nodeOf, portOf } from '../document/flow';

export type WireState = 'taken' | 'skipped';

export interface RunChange {
  /** The paths of nodes whose state, time or last value changed. */
  nodes: readonly string[];
  /** Outputs that just gave a value, written `path.port`. */
  gave: readonly string[];
  /** Look at everything again: another moment of the run is shown, or another iteration. */
  whole?: boolean;
}

/** A wire by the paths of the steps at its ends. */
export interface PathEdge {
  from: string;
  port: string;
  to: string;
  /** From a frame to what stands in it. */
  gives: boolean;
}

/** How far a frame has come that runs what stands in it for each element, or again and again. */
export interface Rounds {
  /** How many iterations began. */
  begun: number;
  /** How many there will be, as far as that is known. */
  of: number | undefined;
  /** How many are over. */
  over: number;
  /** The failed ones, from 0. */
  failed: readonly number[];
  /** The one that is shown; `undefined` shows all. */
  chosen: number | undefined;
}

/** A run at one moment, or one iteration of it. A node of the flow itself has its id as its path; one in a sub-flow `call/node`. */
export interface RunView {
  readonly run: string;
  state(path: string): StepState | undefined;
  /** How long the step took, or has been going on, in milliseconds. */
  elapsed(path: string): number | undefined;
  /** Whether its time goes on. */
  ticks(path: string): boolean;
  /** The last value of a node in one line. */
  lastValue(path: string): string | undefined;
  edgeState(edge: PathEdge): WireState | undefined;
  /** How far a frame has come that has iterations; `undefined` for one that has none. */
  rounds(path: string): Rounds | undefined;
  /** Shows one iteration of a frame, or all. */
  choose(path: string, round: number | undefined): void;
  /** Whether a new run can go on from a step: this one knows it. */
  hasStep(path: string): boolean;
  /** Asks how to run again from a step. */
  askAgain(path: string): void;
  /** Tells changes in batches, at most one for each frame. Returns how to stop. */
  follow(onChange: (change: RunChange) => void): () => void;
}

const topOnly = (path: string): string | undefined => (path.includes('/') ? undefined : path);

/** What of a change is seen on one flow's canvas: its nodes, wires whose ends changed, and those along which a value just ran. */
export function changesIn(
  edges: readonly Edge[], change: RunChange, prefix: string, idOf: (path: string) => string | undefined = topOnly,
): { nodes: string[]; edges: string[]; pulses: string[] } {
  const own = (path: string): string | undefined => (path.startsWith(prefix) ? idOf(path.slice(prefix.length)) : undefined);
  const nodes = new Set(change.nodes.flatMap((path) => own(path) ?? []));
  if (nodes.size === 0) return { nodes: [], edges: [], pulses: [] };
  const gave = new Set(change.gave.flatMap((end) => {
    const id = own(nodeOf(end));
    return id === undefined ? [] : [`${id}.${portOf(end)}`];
  }));
  return {
    nodes: [...nodes],
    edges: edges.filter(({ from, to }) => nodes.has(nodeOf(from)) || nodes.has(nodeOf(to))).map(edgeId),
    pulses: edges.filter(({ from }) => gave.has(from)).map(edgeId),
  };
}
