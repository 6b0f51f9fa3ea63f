// The studio's runs: which one is shown on each flow's canvas, and how runs begin there.

import { SvelteMap } from 'svelte/reactivity';
import { call } from '../../api/client';
import { feed } from '../../api/live';
import type { RunInfo, RunInput } from '../../api/types';
import { studio } from '../../editor/studio.svelte';
import { NO_RUNS, type Pool, changed, newestFirst } from '../list/list';
import { CanvasRun } from '../view.svelte';
import { type RunWatch, watchRun } from '../watch.svelte';

/** The newest runs, as far as the feed tells them. */
const newest = feed('runs.changes', {}, (before: Pool | undefined, item): Pool => changed(before ?? NO_RUNS, item));

class StudioRuns {
  readonly #shown = new SvelteMap<string, RunWatch>();

  /** The run that is shown on a flow's canvas. */
  shown(flow: string): RunWatch | undefined {
    return this.#shown.get(flow);
  }

  show(flow: string, run: string): void {
    if (this.#shown.get(flow)?.id !== run) {
      const watch = watchRun(run);
      this.#shown.set(flow, watch);
      studio.showRun(flow, new CanvasRun(watch));
    }
    studio.setBelow(true);
  }

  hide(flow: string): void {
    this.#shown.delete(flow);
    studio.showRun(flow, undefined);
  }

  /** The newest runs of a flow. */
  of(flow: string): RunInfo[] {
    const pool = newest.value ?? NO_RUNS;
    return [...pool.byId.values()].filter((run) => run.flow_id === flow).sort(newestFirst);
  }

  async start(flow: string, inputs: RunInput[]): Promise<void> {
    const { run } = await call('run', { flow: { id: flow }, inputs });
    this.show(flow, run);
  }
}

export const studioRuns = new StudioRuns();
