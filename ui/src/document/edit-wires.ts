// Edits of wires.

import { type Edge, type Flow, edgeId, nodeOf } from './flow';

/** Adds a wire. An input that takes one gives up the wire it had. */
export function connect(flow: Flow, edge: Edge, takesMany: boolean): Flow {
  if (flow.edges.some((other) => edgeId(other) === edgeId(edge))) return flow;
  const rest = takesMany ? flow.edges : flow.edges.filter((other) => other.to !== edge.to);
  return { ...flow, edges: [...rest, edge] };
}

/** Takes wires out. */
export function disconnect(flow: Flow, ids: ReadonlySet<string>): Flow {
  const edges = flow.edges.filter((edge) => !ids.has(edgeId(edge)));
  return edges.length === flow.edges.length ? flow : { ...flow, edges };
}

/** Puts a node into a wire: what came from its beginning goes into `input`, and `output` goes on to its end. The order of wires stays. */
export function splice(flow: Flow, wire: Edge, input: string, output: string): Flow {
  const at = flow.edges.findIndex((edge) => edgeId(edge) === edgeId(wire));
  if (at < 0) return flow;
  const added = [{ from: wire.from, to: input }, { from: output, to: wire.to }];
  const taken = new Set(added.map(edgeId));
  const edges = flow.edges.flatMap((edge, index) => (index === at ? added : taken.has(edgeId(edge)) || edge.to === input ? [] : [edge]));
  return { ...flow, edges };
}

/** Whether a wire from one node to another would close a circle, in which each step waits for the others. */
export function closesCircle(flow: Flow, from: string, to: string): boolean {
  if (from === to) return true;
  const next = new Map<string, string[]>();
  for (const edge of flow.edges) {
    const source = nodeOf(edge.from);
    const targets = next.get(source);
    if (targets) targets.push(nodeOf(edge.to));
    else next.set(source, [nodeOf(edge.to)]);
  }
  const seen = new Set([to]);
  const open = [to];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === from) return true;
    for (const target of next.get(id) ?? []) if (!seen.has(target)) seen.add(target), open.push(target);
  }
  return false;
}

/** Every node that can be reached over wires, against their direction. */
export function upstream(flow: Flow, id: string): Set<string> {
  const before = new Map<string, string[]>();
  for (const edge of flow.edges) {
    const target = nodeOf(edge.to);
    const sources = before.get(target);
    if (sources) sources.push(nodeOf(edge.from));
    else before.set(target, [nodeOf(edge.from)]);
  }
  const seen = new Set<string>();
  const open = [id];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const source of before.get(at) ?? []) if (!seen.has(source)) seen.add(source), open.push(source);
  }
  return seen;
}
