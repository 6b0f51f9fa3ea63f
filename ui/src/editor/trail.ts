// The way into sub-flows: a path of the flow's id and the nodes that call the next.

import type { Flow } from '../document/flow';
import { stepPath } from '../document/frames';

export interface Step {
  flow: string;
  /** The calling node in the flow before. */
  node?: string;
}

/** The flows along a path, as far as they are known: a flow must be open before the one that it calls can be. */
export function trailOf(path: readonly string[], flowOf: (id: string) => Flow | undefined): Step[] {
  const [top, ...nodes] = path;
  if (top === undefined) return [];
  const trail: Step[] = [{ flow: top }];
  for (const node of nodes) {
    const called = flowOf(trail.at(-1)?.flow ?? '')?.nodes.get(node)?.config.flow;
    if (typeof called !== 'string' || called === '') break;
    trail.push({ flow: called, node });
  }
  return trail;
}

/** The way of callers in a run, such as `weekly/`; each stands behind the frames around it that run it once. */
export const prefixOf = (trail: readonly Step[], flowOf: (id: string) => Flow | undefined): string => trail.map(({ node }, at) => {
  const flow = flowOf(trail[at - 1]?.flow ?? '');
  return node === undefined ? '' : `${flow ? stepPath(flow, node) : node}/`;
}).join('');
