// Edits of nodes. Each takes a flow and gives the next one; what it doesn't touch is shared. An edit that changes nothing gives the
// same flow back.

import type { Json } from '../api/types';
import { type Config, type Flow, type FlowNode, type Frame, type Point, edgeId, nodeOf, place } from './flow';
import { asId, free } from './names';

const withEntry = <T>(map: ReadonlyMap<string, T>, id: string, value: T): ReadonlyMap<string, T> => new Map(map).set(id, value);

export const isTaken = (flow: Flow) => (id: string): boolean => flow.nodes.has(id) || flow.frames.has(id);

/** An id for a new node of a kind, free in the flow. */
export const newId = (flow: Flow, word: string): string => free(asId(word), isTaken(flow));

export interface NewNode {
  kind: string;
  version: number;
  at: Point;
  config?: Config;
  name?: string;
  /** What its id is made of, instead of its kind. */
  word?: string;
}

/** Adds a node; also says which id it got. */
export function addNode(flow: Flow, { kind, version, at, config = {}, name = '', word = kind }: NewNode): { flow: Flow; id: string } {
  const id = newId(flow, word);
  const node: FlowNode = { id, kind, version, name, config };
  return { id, flow: { ...flow, nodes: withEntry(flow.nodes, id, node), places: withEntry(flow.places, id, rounded(at)) } };
}

export const rounded = ({ x, y }: Point): Point => ({ x: Math.round(x), y: Math.round(y) });

function without<T>(map: ReadonlyMap<string, T>, ids: ReadonlySet<string>): ReadonlyMap<string, T> {
  if (![...ids].some((id) => map.has(id))) return map;
  const next = new Map(map);
  for (const id of ids) next.delete(id);
  return next;
}

/** Frames without these members; a group that loses its last one goes, too. */
export function framesWithout(flow: Flow, ids: ReadonlySet<string>): Pick<Flow, 'frames' | 'rects'> {
  const emptied = new Set<string>();
  const changed = new Map<string, Frame>();
  for (const frame of flow.frames.values()) {
    const members = frame.members.filter((id) => !ids.has(id));
    if (members.length === frame.members.length) continue;
    if (members.length === 0 && frame.kind === 'group') emptied.add(frame.id);
    else changed.set(frame.id, { ...frame, members });
  }
  if (emptied.size + changed.size === 0) return flow;
  const frames = new Map(flow.frames);
  for (const [id, frame] of changed) frames.set(id, frame);
  return { frames: without(frames, emptied), rects: without(flow.rects, emptied) };
}

/** The nodes that are left, which nothing takes back any more that is gone. */
function nodesWithout(flow: Flow, gone: ReadonlySet<string>): Flow['nodes'] {
  const rest = without(flow.nodes, gone);
  const orphans = [...rest.values()].filter(({ undo }) => undo !== undefined && gone.has(undo));
  if (orphans.length === 0) return rest;
  const next = new Map(rest);
  for (const { undo: _, ...node } of orphans) next.set(node.id, node);
  return next;
}

/** Takes nodes out, with their wires. Takes frames of these ids out, too, and leaves their members. */
export function removeNodes(flow: Flow, gone: ReadonlySet<string>): Flow {
  if (gone.size === 0) return flow;
  const { frames, rects } = framesWithout(flow, gone);
  return {
    ...flow,
    nodes: nodesWithout(flow, gone),
    places: without(flow.places, gone),
    edges: flow.edges.filter(({ from, to }) => !gone.has(nodeOf(from)) && !gone.has(nodeOf(to))),
    frames: without(frames, gone),
    rects: without(rects, gone),
  };
}

/** Takes nodes out and joins what came in to what went out, where one wire came in by which that can be told. */
export function removeAndReconnect(flow: Flow, gone: ReadonlySet<string>, fits: (from: string, to: string) => boolean): Flow {
  let next = flow;
  for (const id of gone) {
    const sources = next.edges.filter((edge) => nodeOf(edge.to) === id && nodeOf(edge.from) !== id).map((edge) => edge.from);
    const edges = next.edges.flatMap((edge) => {
      if (nodeOf(edge.from) !== id || nodeOf(edge.to) === id) return [edge];
      const source = sources.find((from) => fits(from, edge.to));
      return source === undefined ? [] : [{ from: source, to: edge.to }];
    });
    const seen = new Set<string>();
    next = removeNodes({ ...next, edges: edges.filter((edge) => !seen.has(edgeId(edge)) && seen.add(edgeId(edge))) }, new Set([id]));
  }
  return removeNodes(next, gone);
}

/** Changes some properties of a node. */
export function changeNode(flow: Flow, id: string, change: Partial<Omit<FlowNode, 'id'>>): Flow {
  const node = flow.nodes.get(id);
  if (!node) return flow;
  const next: FlowNode = { ...node, ...change };
  return JSON.stringify(next) === JSON.stringify(node) ? flow : { ...flow, nodes: withEntry(flow.nodes, id, next) };
}

export const renameNode = (flow: Flow, id: string, name: string): Flow => changeNode(flow, id, { name: name.trim() });

/** Sets a property of a node's config; `undefined` takes it out. */
export function setConfig(flow: Flow, id: string, key: string, value: Json | undefined): Flow {
  const node = flow.nodes.get(id);
  if (!node) return flow;
  const { [key]: _, ...rest } = node.config;
  return changeNode(flow, id, { config: value === undefined ? rest : { ...node.config, [key]: value } });
}

/** Leaves nodes out of runs, or takes them in again where all of them are left out. */
export function toggleBypass(flow: Flow, ids: Iterable<string>): Flow {
  const found = [...ids].flatMap((id) => flow.nodes.get(id) ?? []);
  if (found.length === 0) return flow;
  const bypass = !found.every((node) => node.bypass);
  const nodes = new Map(flow.nodes);
  for (const { bypass: _, ...node } of found) nodes.set(node.id, bypass ? { ...node, bypass } : node);
  return { ...flow, nodes };
}

/** Puts nodes and frames at places. */
export function putAt(flow: Flow, at: ReadonlyMap<string, Point>): Flow {
  const places = new Map(flow.places);
  const rects = new Map(flow.rects);
  let changed = false;
  for (const [id, point] of at) {
    const next = rounded(point);
    const rect = rects.get(id);
    const before = rect ?? place(flow, id);
    if (before.x === next.x && before.y === next.y && (rect || places.has(id))) continue;
    changed = true;
    if (rect) rects.set(id, { ...rect, ...next });
    else if (flow.nodes.has(id)) places.set(id, next);
  }
  return changed ? { ...flow, places, rects } : flow;
}

/** Moves nodes and frames by a distance. */
export function moveBy(flow: Flow, ids: Iterable<string>, dx: number, dy: number): Flow {
  const at = new Map<string, Point>();
  for (const id of ids) {
    const from = flow.rects.get(id) ?? place(flow, id);
    at.set(id, { x: from.x + dx, y: from.y + dy });
  }
  return putAt(flow, at);
}
