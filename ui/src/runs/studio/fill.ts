import { studio } from '../../editor/studio.svelte';
import RunBelow from './RunBelow.svelte';
import RunStep from './RunStep.svelte';
import RunsBeside from './RunsBeside.svelte';
import { studioRuns } from './runs.svelte';

/** Puts runs into their places in the studio. */
export function fillStudio(): void {
  studio.fill({ below: RunBelow, beside: RunsBeside, step: RunStep });
  studio.nodeRuns = { inputs: (step, ports) => studioRuns.inputsOf(step, ports), start: (flow, node, inputs) => studioRuns.startNode(flow, node, inputs) };
  studio.onRun = (flow, inputs) => studioRuns.start(flow, inputs);
}
