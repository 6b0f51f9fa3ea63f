// Edits of wires.

import { type Edge, type Flow, edgeId, nodeOf } from './flow';
import { type WireEnd, innerEnds, levelOf, stepAt } from './frames';

const NO_INNER = { from: false, to: false };

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

/** The steps after each, of one level of a flow; many wires are tried on the same flow. */
const after = new WeakMap<Flow, Map<string | undefined, Map<string, string[]>>>();

function stepsAfter(flow: Flow, from: WireEnd): Map<string, string[]> {
  const levels = after.get(flow) ?? new Map<string | undefined, Map<string, string[]>>();
  after.set(flow, levels);
  const level = levelOf(flow, from);
  const known = levels.get(level);
  if (known) return known;
  const [step, next] = [stepAt(flow, level), new Map<string, string[]>()];
  for (const edge of flow.edges) {
    const inner = flow.frames.size > 0 ? innerEnds(flow, edge) : NO_INNER;
    const [begin, end] = [step({ id: nodeOf(edge.from), inner: inner.from }), step({ id: nodeOf(edge.to), inner: inner.to })];
    if (begin === undefined || end === undefined || begin === end) continue;
    const targets = next.get(begin);
    if (targets) targets.push(end);
    else next.set(begin, [end]);
  }
  levels.set(level, next);
  return next;
}

/** Whether a wire would close a circle, in which each step waits for the others. A frame is one step of what it stands in. */
export function closesCircle(flow: Flow, from: WireEnd, to: WireEnd): boolean {
  const step = stepAt(flow, levelOf(flow, from));
  const [source, target] = [step(from), step(to)];
  // What begins or ends at the inside of a frame has nothing before or after it there.
  if (source === undefined || target === undefined) return false;
  if (source === target) return true;
  const next = stepsAfter(flow, from);
  const seen = new Set([target]);
  const open = [target];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === source) return true;
    for (const other of next.get(id) ?? []) if (!seen.has(other)) seen.add(other), open.push(other);
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
