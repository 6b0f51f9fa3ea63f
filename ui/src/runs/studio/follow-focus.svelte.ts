import { untrack } from 'svelte';
import { edgeOf, nodeOf } from '../../document/flow';
import { isRunning, stepPath } from '../../document/frames';
import type { OpenFlow } from '../../editor/open-flow.svelte';
import { withoutIterations } from '../fold';
import { nodeOfPath, wireFocus } from '../names';
import type { RunWatch } from '../watch.svelte';

const hasSteps = ({ flow }: OpenFlow, id: string): boolean => flow.nodes.has(id) || isRunning(flow.frames.get(id));

/**
 * Keeps what is chosen on a canvas and what is looked at in its run the same. Called while a component is made; `prefix` is the way of
 * callers to a sub-flow, such as `weekly/`.
 */
export function followFocus(open: () => { flow: OpenFlow; watch: RunWatch | undefined; prefix: string }): void {
  $effect(() => {
    const { flow, watch, prefix } = open();
    const [nodes, wires] = [flow.chosen, flow.chosenWires];
    untrack(() => {
      const fold = watch?.known?.fold;
      if (!watch || !fold) return;
      const [node] = nodes;
      const [wire] = wires;
      if (nodes.size === 1 && wires.size === 0 && node !== undefined && hasSteps(flow, node)) {
        const path = prefix + stepPath(flow.flow, node);
        if (watch.focus && !watch.focus.into && withoutIterations(watch.focus.path) === path) return;
        watch.focus = { path: watch.trackOf(path)?.path ?? path };
      } else if (wires.size === 1 && nodes.size === 0 && wire !== undefined && prefix === '') {
        const path = stepPath(flow.flow, nodeOf(edgeOf(wire).from));
        watch.focus = wireFocus(watch.trackOf(path)?.path ?? path, edgeOf(wire));
      }
    });
  });

  $effect(() => {
    const { flow, watch, prefix } = open();
    const focus = watch?.focus;
    if (!focus || focus.into) return;
    untrack(() => {
      const path = withoutIterations(focus.path);
      const node = nodeOfPath(path);
      if (hasSteps(flow, node) && path === prefix + stepPath(flow.flow, node) && !(flow.chosen.size === 1 && flow.chosen.has(node))) flow.choose([node]);
    });
  });
}
