import type { Json, Moment, StepState } from '../api/types';

/** How an attempt, or a run, failed. */
export interface MomentFailure {
  path?: string;
  code: string;
  message: string;
  hint?: string;
}

/** A moment with what the program tells of an attempt besides. */
export interface RunMoment extends Moment {
  /** How long the attempt took, in microseconds. */
  took_us?: number;
  failure?: MomentFailure;
}

/** A side of a step: what came into it, or what it gave. */
export type Side = 'in' | 'out';

export interface StepMove {
  path: string;
  state: StepState;
}

export type Outputs = Record<string, Json>;
