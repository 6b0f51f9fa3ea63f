import type { Rounds } from './run-view';

/** The iteration before or after the one that is shown: before the first are all of them. */
export function stepped({ chosen, begun }: Pick<Rounds, 'chosen' | 'begun'>, by: -1 | 1): number | undefined {
  const next = (chosen ?? -1) + by;
  return next < 0 ? undefined : Math.min(next, begun - 1);
}
