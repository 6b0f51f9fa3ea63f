// Collapse to a sub-flow, and back: several nodes become a flow of their own, called by one node in their place.

import type { Json, Port, Ports } from '../api/types';
import { type Edge, type Flow, type FlowNode, type Point, emptyFlow, end, nodeOf, place, portOf } from './flow';
import { addNode, isTaken, removeNodes } from './edit-nodes';
import { clipOf, paste, type NodeFields } from './clipboard';
import { standBeside } from './edit-frames';
import { isRunning, nesting, withContents } from './frames';
import { asPortName, free } from './names';

export interface Collapsed {
  /** The flow that now calls the other. */
  outer: Flow;
  /** The flow of what was chosen. */
  inner: Flow;
  /** The calling node. */
  node: string;
}

interface Crossing {
  name: string;
  port: Port | undefined;
  /** What the value comes from. */
  from: string;
  to: string[];
}

const STEP = 260;

/** The wires that cross a border, one for each value: several wires from one output carry the same. */
function crossings(edges: readonly Edge[], portAt: (end: string) => Port | undefined, nameAfter: 'from' | 'to'): Crossing[] {
  const found = new Map<string, Crossing>();
  const names = new Set<string>(['error']);
  for (const edge of edges) {
    const known = found.get(edge.from);
    if (known) {
      known.to.push(edge.to);
      continue;
    }
    const name = free(asPortName(portOf(edge[nameAfter]) === 'error' ? `${nodeOf(edge.from)}_error` : portOf(edge[nameAfter])), (word) => names.has(word), '_');
    names.add(name);
    found.set(edge.from, { name, port: portAt(edge.from), from: edge.from, to: [edge.to] });
  }
  return [...found.values()];
}

const declared = (crossing: Crossing): Record<string, Json> => ({ name: crossing.name, type: crossing.port?.type ?? 'any' });

/** Makes a flow of the chosen nodes and puts one node that calls it in their place. */
export function collapse(flow: Flow, chosen: ReadonlySet<string>, id: string, name: string, portsOf: (node: string) => Ports): Collapsed {
  // What is partly in a frame goes with the whole of it.
  const home = nesting(flow).common([...chosen]);
  const whole = new Set([...chosen].flatMap((one) => (flow.frames.get(one)?.kind === 'group' ? [one] : nesting(flow).standsAs(one, home) ?? [])));
  const clip = clipOf(flow, whole);
  const ids = withContents(flow, [...clip.nodes, ...clip.frames.filter(isRunning)].map((one) => one.id));
  const output = (at: string): Port | undefined => portsOf(nodeOf(at)).outputs.find((port) => port.name === portOf(at));
  const input = (at: string): Port | undefined => portsOf(nodeOf(at)).inputs.find((port) => port.name === portOf(at));
  const comes = crossings(flow.edges.filter(({ from, to }) => !ids.has(nodeOf(from)) && ids.has(nodeOf(to))), output, 'to');
  const goes = crossings(flow.edges.filter(({ from, to }) => ids.has(nodeOf(from)) && !ids.has(nodeOf(to))), output, 'from');

  const corner: Point = { x: Math.min(...[...clip.places.values()].map((at) => at.x)), y: Math.min(...[...clip.places.values()].map((at) => at.y)) };
  const right = Math.max(...[...clip.places.values()].map((at) => at.x)) - corner.x;
  // The ids stay as they are: the flow is empty.
  let inner = paste(emptyFlow(id, name), clip, { x: comes.length > 0 ? STEP : 0, y: 0 }, () => []).flow;
  const wires: Edge[] = [];
  const inputs = comes.map((crossing) => {
    const required = crossing.to.some((at) => input(at)?.required ?? true);
    return { ...declared(crossing), ...(!required && { required }) };
  });
  if (comes.length > 0) {
    const added = addNode(inner, { kind: 'input', version: 1, at: { x: 0, y: 0 }, config: { ports: inputs } });
    inner = added.flow;
    wires.push(...comes.flatMap((crossing) => crossing.to.map((to) => ({ from: end(added.id, crossing.name), to }))));
  }
  if (goes.length > 0) {
    const at = { x: right + STEP * (comes.length > 0 ? 2 : 1), y: 0 };
    const added = addNode(inner, { kind: 'output', version: 1, at, config: { ports: goes.map(declared) } });
    inner = added.flow;
    wires.push(...goes.map((crossing) => ({ from: crossing.from, to: end(added.id, crossing.name) })));
  }
  inner = { ...inner, edges: [...inner.edges, ...wires] };

  const added = addNode(flow, { kind: 'sub-flow', version: 1, at: corner, name, config: { flow: id, inputs, outputs: goes.map(declared) }, word: id });
  // Each wire keeps its place in the order, since order counts where a port takes many.
  const renamed = added.flow.edges.flatMap((edge): Edge[] => {
    const [inside, into] = [ids.has(nodeOf(edge.from)), ids.has(nodeOf(edge.to))];
    if (!inside && !into) return [edge];
    if (inside && into) return [];
    const crossing = (inside ? goes : comes).find((other) => other.from === edge.from);
    if (!crossing) return [];
    if (inside) return [{ from: end(added.id, crossing.name), to: edge.to }];
    return crossing.to[0] === edge.to ? [{ from: edge.from, to: end(added.id, crossing.name) }] : [];
  });
  const outer = standBeside(removeNodes({ ...added.flow, edges: renamed }, ids), added.id, home);
  return { outer, inner, node: added.id };
}

export interface Expanded {
  flow: Flow;
  ids: string[];
  /** What the step took from outside and the sub-flow had a default for, so that a value is lost; in words. */
  lost: string[];
}

const portsIn = (node: FlowNode): readonly Record<string, Json>[] => (Array.isArray(node.config.ports) ? (node.config.ports as Record<string, Json>[]) : []);

/** Puts the nodes of a sub-flow in the place of the node that calls it. */
export function expand(flow: Flow, caller: string, inner: Flow, nodeFields: NodeFields): Expanded {
  const body = new Set([...[...inner.nodes.values()].filter(({ kind }) => kind !== 'input' && kind !== 'output'), ...[...inner.frames.values()].filter(isRunning)].map(({ id }) => id));
  const clip = clipOf(inner, body);
  const pasted = paste(flow, clip, place(flow, caller), nodeFields);
  const ids = new Map([...clip.nodes, ...clip.frames.filter(isRunning)].map((one, at) => [one.id, pasted.ids[at] ?? one.id]));
  const isInput = (at: string): boolean => inner.nodes.get(nodeOf(at))?.kind === 'input';
  const isOutput = (at: string): boolean => inner.nodes.get(nodeOf(at))?.kind === 'output';
  const outside = (at: string): string => end(ids.get(nodeOf(at)) ?? nodeOf(at), portOf(at));

  const given = new Map(flow.edges.filter((edge) => nodeOf(edge.to) === caller).map((edge) => [portOf(edge.to), edge.from]));
  /** Where a wire of the sub-flow begins, seen from outside. */
  const source = (at: string): string | undefined => (isInput(at) ? given.get(portOf(at)) : outside(at));
  const results = new Map(inner.edges.filter((edge) => isOutput(edge.to)).map((edge) => [portOf(edge.to), source(edge.from)]));

  const into = inner.edges.flatMap(({ from, to }): Edge[] => {
    const begins = isInput(from) && body.has(nodeOf(to)) ? source(from) : undefined;
    return begins === undefined ? [] : [{ from: begins, to: outside(to) }];
  });
  const edges = pasted.flow.edges.flatMap((edge): Edge[] => {
    if (nodeOf(edge.from) !== caller) return [edge];
    const begins = results.get(portOf(edge.from));
    return begins === undefined ? [] : [{ from: begins, to: edge.to }];
  });
  const lost = [...inner.nodes.values()].filter(({ kind }) => kind === 'input').flatMap(portsIn)
    .filter((port) => port.default !== undefined && !given.has(String(port.name)))
    .map((port) => `The default of “${String(port.name)}” is no longer used.`);
  const home = nesting(flow).homeOf(caller);
  const top = nesting(pasted.flow);
  const next = removeNodes({ ...pasted.flow, edges: [...edges, ...into] }, new Set([caller]));
  return { flow: pasted.ids.filter((id) => top.homeOf(id) === undefined).reduce((one, id) => standBeside(one, id, home), next), ids: pasted.ids, lost };
}

/** An id for a new flow that no node of this one is named after either. */
export const subflowId = (flow: Flow, wanted: string, flows: ReadonlySet<string>): string => free(wanted, (id) => flows.has(id) || isTaken(flow)(id));
