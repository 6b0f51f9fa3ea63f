// The way of a newcomer's run from the gallery to its receipt.

import type { RunInfo } from '../api/types';

/** The flow that was started from the gallery, until the guide is closed. */
export const guide = $state<{ flow: string | undefined }>({ flow: undefined });

export type Stage = 'listens' | 'decide' | 'acts' | 'proof' | 'refused' | 'broken';

/** Where its newest run stands, in the guide's three steps. */
export function stageOf(run: Pick<RunInfo, 'state' | 'asking' | 'unknown' | 'spent' | 'steps'> | undefined, hasAsked: boolean): Stage {
  if (!run) return 'listens';
  if (run.state === 'completed') return run.spent.length > 0 ? 'proof' : 'refused';
  if (run.state === 'failed' || run.state === 'cancelled' || run.unknown) return 'broken';
  if (run.asking) return 'decide';
  return hasAsked ? 'acts' : 'listens';
}
