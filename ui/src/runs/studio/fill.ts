import { studio } from '../../editor/studio.svelte';
import RunBelow from './RunBelow.svelte';
import RunsBeside from './RunsBeside.svelte';
import { studioRuns } from './runs.svelte';

/** Puts runs into their places in the studio. */
export function fillStudio(): void {
  studio.fill({ below: RunBelow, beside: RunsBeside });
  studio.onRun = (flow, inputs) => studioRuns.start(flow, inputs);
}
