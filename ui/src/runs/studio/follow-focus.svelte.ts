import { untrack } from 'svelte';
import { edgeOf } from '../../document/flow';
import type { OpenFlow } from '../../editor/open-flow.svelte';
import { withoutIterations } from '../fold';
import { wireFocus } from '../names';
import type { RunWatch } from '../watch.svelte';

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
      if (nodes.size === 1 && wires.size === 0 && node !== undefined && flow.flow.nodes.has(node)) {
        const path = prefix + node;
        if (watch.focus && !watch.focus.into && withoutIterations(watch.focus.path) === path) return;
        watch.focus = { path: fold.iterations(path).at(-1)?.path ?? path };
      } else if (wires.size === 1 && nodes.size === 0 && wire !== undefined && prefix === '') {
        watch.focus = wireFocus(fold, edgeOf(wire));
      }
    });
  });

  $effect(() => {
    const { flow, watch, prefix } = open();
    const focus = watch?.focus;
    if (!focus || focus.into) return;
    untrack(() => {
      const path = withoutIterations(focus.path);
      const node = path.startsWith(prefix) ? path.slice(prefix.length) : '';
      if (flow.flow.nodes.has(node) && !(flow.chosen.size === 1 && flow.chosen.has(node))) flow.choose([node]);
    });
  });
}
