import type { Json, Moment } from '../api/types';

export type MomentFailure = NonNullable<Moment['failure']>;
/** What a step gives in a run without being carried out. */
export type GivenStep = NonNullable<Moment['given']>[string];
/** A side of a step: what came into it, or what it gave. */
export type Side = 'in' | 'out';
export type Outputs = Record<string, Json>;
