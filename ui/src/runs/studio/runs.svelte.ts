// The studio's runs: which one is shown on each flow's canvas, and how runs begin there.

import { SvelteMap } from 'svelte/reactivity';
import { call } from '../../api/client';
import { feed } from '../../api/live';
import type { Json, RunInfo, RunInput } from '../../api/types';
import { ApiFailure } from '../../api/failure';
import { alone } from '../../document/alone';
import type { Flow } from '../../document/flow';
import { writeFlow } from '../../document/write';
import type { Given } from '../../editor/node-inputs';
import type { OpenFlow } from '../../editor/open-flow.svelte';
import { studio } from '../../editor/studio.svelte';
import { go, path, route } from '../../shell/router';
import { wholeValue } from '../calls';
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

  /** What came into a step in the run that is shown, or else in the newest one. */
  async inputsOf(step: string, ports: readonly string[]): Promise<Record<string, Json>> {
    const top = topFlow();
    const run = this.#shown.get(top)?.id ?? this.of(top)[0]?.run;
    if (run === undefined) return {};
    // A port that had no value is told as an error.
    const had = await Promise.all(ports.map((port) => wholeValue(run, step, port, 'in').then((value): [string, Json][] => [[port, value]], () => [])));
    return Object.fromEntries(had.flat());
  }

  async startNode(open: OpenFlow, node: string, { values, files }: Given): Promise<void> {
    const { id, flow } = open;
    const uploads = Object.entries(files);
    const { run } = uploads.length === 0
      ? await call('run.node', { id, text: writeFlow(flow), node, inputs: values })
      : await call('run', { flow: { file: { file: id, text: writeFlow(aloneOf(open, node, [...Object.keys(values), ...Object.keys(files)])) } }, inputs: [
          ...Object.entries(values).map(([name, json]) => ({ name, value: { json } })),
          ...uploads.map(([name, file]) => ({ name, value: { file } })),
        ] });
    // Its one step stands where the node stands, unless that is inside of another flow.
    if (topFlow() === id) this.show(id, run);
    else go(path('runs', run));
  }
}

/** A node as a flow of its own, which takes files. */
function aloneOf({ flow, scene }: OpenFlow, id: string, given: readonly string[]): Flow {
  const [node, card] = [flow.nodes.get(id), scene.byId.get(id)];
  if (!node || !card) throw new ApiFailure({ code: 'NOT_FOUND', message: `The flow has no node “${id}” any more.`, hint: 'Choose one of its nodes.' });
  return alone(flow, node, card.shape.ports, new Set(given));
}

/** The flow of the tab; another one may be open inside of it. */
const topFlow = (): string => route.segments[1] ?? '';

export const studioRuns = new StudioRuns();
