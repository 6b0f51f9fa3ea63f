// What the canvas needs of a run to show it: the runs section gives one for each flow whose run is looked at.

import type { StepState } from '../api/types';
import { type Edge, edgeId, nodeOf } from '../document/flow';

export type WireState = 'taken' | 'skipped';

export interface RunChange {
  /** The paths of nodes whose state, time or last value changed. */
  nodes: readonly string[];
  /** Outputs that just gave a value, written `path.port`. */
  gave: readonly string[];
  /** Look at everything again: another moment of the run is shown. */
  whole?: boolean;
}

/** A run at one moment. A node of the flow itself has its id as its path; one in a sub-flow `call/node`. */
export interface RunView {
  readonly run: string;
  state(path: string): StepState | undefined;
  /** How long the step took, or has been going on, in milliseconds. */
  elapsed(path: string): number | undefined;
  /** Whether its time goes on. */
  ticks(path: string): boolean;
  /** The last value of a node in one line. */
  lastValue(path: string): string | undefined;
  /** A wire by `from>to`, such as `ask.text>tell.text`; `prefix` is the way of callers to the flow that it is in. */
  edgeState(edge: string, prefix: string): WireState | undefined;
  /** Tells changes in batches, at most one for each frame. Returns how to stop. */
  follow(onChange: (change: RunChange) => void): () => void;
}

/** What of a change is seen on one flow's canvas: its nodes, wires whose ends changed, and those along which a value just ran. */
export function changesIn(edges: readonly Edge[], change: RunChange, prefix: string): { nodes: string[]; edges: string[]; pulses: string[] } {
  const own = (paths: readonly string[]): Set<string> =>
    new Set(paths.filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length)).filter((path) => !path.includes('/')));
  const [nodes, gave] = [own(change.nodes), own(change.gave)];
  if (nodes.size === 0) return { nodes: [], edges: [], pulses: [] };
  return {
    nodes: [...nodes],
    edges: edges.filter(({ from, to }) => nodes.has(nodeOf(from)) || nodes.has(nodeOf(to))).map(edgeId),
    pulses: edges.filter(({ from }) => gave.has(from)).map(edgeId),
  };
}
