import type { Json, Moment } from '../api/types';

export type MomentFailure = NonNullable<Moment['failure']>;
/** A side of a step: what came into it, or what it gave. */
export type Side = 'in' | 'out';
export type Outputs = Record<string, Json>;
