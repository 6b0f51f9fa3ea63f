// What the canvas needs of a run to show it: the runs section gives one for each flow whose run is looked at.

import type { StepState } from '../api/types';

export type WireState = 'taken' | 'skipped';

export interface RunChange {
  /** Nodes whose state, time or last value changed. */
  nodes: readonly string[];
  /** Wires whose state changed. */
  edges: readonly string[];
  /** Wires along which a value just ran. */
  pulses?: readonly string[];
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
  /** A wire by `from>to`, such as `ask.text>tell.text`. */
  edgeState(edge: string): WireState | undefined;
  /** Tells changes in batches, at most one for each frame. Returns how to stop. */
  follow(onChange: (change: RunChange) => void): () => void;
}
