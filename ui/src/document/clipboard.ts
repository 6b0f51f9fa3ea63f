// Copy and paste as plain JSON, across flows and programs.

import type { Json } from '../api/types';
import { type Config, type Edge, type Flow, type FlowNode, type Frame, type Point, type Rect, edgeId, end, nodeOf, place, portOf } from './flow';
import { readJson, writeJson } from './exact';
import { isRunning, withContents } from './frames';
import { isTaken } from './edit-nodes';
import { asId, free } from './names';
import { NotAFlow, readEdge, readFlow, readFrame, readNode, readPoint, readRect } from './read';
import { frameJson, nodeJson } from './write';

export const CLIP = 'assent.nodes/1';

/** Nodes with the wires among them and the frames that lie wholly in them. */
export interface Clip {
  nodes: FlowNode[];
  edges: Edge[];
  frames: Frame[];
  places: Map<string, Point>;
  rects: Map<string, Rect>;
}

/** The names of config properties that name another node of the flow, such as `for` of an approval. */
export type NodeFields = (kind: string) => readonly string[];

/** What is chosen, as a clip. A chosen frame brings what stands in it; a group comes along with all its members. */
export function clipOf(flow: Flow, chosen: ReadonlySet<string>): Clip {
  const all = withContents(flow, chosen);
  const ids = new Set([...all].filter((id) => flow.nodes.has(id)));
  const frames = [...flow.frames.values()].filter((frame) => all.has(frame.id) || (!isRunning(frame) && frame.members.length > 0 && frame.members.every((id) => all.has(id))));
  const ends = new Set([...ids, ...frames.map(({ id }) => id)]);
  return {
    nodes: [...ids].flatMap((id) => flow.nodes.get(id) ?? []),
    edges: flow.edges.filter(({ from, to }) => ends.has(nodeOf(from)) && ends.has(nodeOf(to))),
    frames,
    places: new Map([...ids].map((id) => [id, place(flow, id)])),
    rects: new Map(frames.flatMap(({ id }) => {
      const rect = flow.rects.get(id);
      return rect ? [[id, rect] as const] : [];
    })),
  };
}

export function writeClip(clip: Clip): string {
  const layout = { nodes: Object.fromEntries(clip.places), frames: Object.fromEntries(clip.rects) };
  return writeJson({ schema: CLIP, nodes: clip.nodes.map(nodeJson), edges: clip.edges, frames: clip.frames.map(frameJson), layout }, 2);
}

const entries = (value: unknown): [string, unknown][] => (typeof value === 'object' && value !== null ? Object.entries(value) : []);
const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A clip from a pasted text: what was copied here, or a whole flow. Throws `NotAFlow` with the reason. */
export function readClip(text: string): Clip {
  const none = 'Copy nodes of a flow, or a whole flow’s text.';
  if (text.trim() === '') throw new NotAFlow('The clipboard is empty.', none);
  let value: unknown;
  try {
    value = readJson(text);
  } catch {
    throw new NotAFlow('The clipboard holds text that is no JSON.', none);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new NotAFlow('The clipboard holds JSON, but no nodes.', none);
  const { schema, nodes, edges, frames, layout } = value as Record<string, unknown>;
  if (typeof schema === 'string' && schema.startsWith('assent.flow/')) {
    const flow = readFlow(text);
    return clipOf(flow, new Set(flow.nodes.keys()));
  }
  if (schema !== CLIP) {
    const newer = typeof schema === 'string' && schema.startsWith('assent.nodes/');
    throw new NotAFlow(newer ? 'These nodes were copied in a newer Assent.' : 'The clipboard holds JSON, but no nodes.', none);
  }
  const [found, framed] = [items(nodes).map(readNode), items(frames).map(readFrame)];
  if (found.length + framed.length === 0) throw new NotAFlow('The clipboard holds no nodes.', none);
  const ids = new Set([...found, ...framed].map(({ id }) => id));
  const { nodes: places, frames: rects } = (typeof layout === 'object' && layout !== null ? layout : {}) as Record<string, unknown>;
  return {
    nodes: found,
    edges: items(edges).map(readEdge).filter(({ from, to }) => ids.has(nodeOf(from)) && ids.has(nodeOf(to))),
    frames: framed,
    places: new Map(entries(places).flatMap(([id, at]) => {
      const point = readPoint(at);
      return point ? [[id, point] as const] : [];
    })),
    rects: new Map(entries(rects).flatMap(([id, at]) => {
      const rect = readRect(at);
      return rect ? [[id, rect] as const] : [];
    })),
  };
}

function renamed(config: Config, fields: readonly string[], ids: ReadonlyMap<string, string>): Config {
  const changed = fields.flatMap((field): [string, Json][] => {
    const value = config[field];
    const id = typeof value === 'string' ? ids.get(value) : undefined;
    return id === undefined ? [] : [[field, id]];
  });
  return changed.length > 0 ? { ...config, ...Object.fromEntries(changed) } : config;
}

/** A fallback's order is kept. */
const inOrder = (frame: Frame, members: string[]): string[] => (frame.kind === 'fallback' ? members : members.sort());

/** Puts a clip into a flow so that its upper left corner is at a point, with new ids where they are taken. Says the new ids. */
export function paste(flow: Flow, clip: Clip, at: Point, nodeFields: NodeFields): { flow: Flow; ids: string[] } {
  const taken = new Set<string>();
  const isUsed = isTaken(flow);
  const ids = new Map<string, string>();
  for (const { id } of [...clip.nodes, ...clip.frames]) {
    const next = free(asId(id), (word) => isUsed(word) || taken.has(word));
    taken.add(next);
    ids.set(id, next);
  }
  const corners = [...clip.nodes.map(({ id }) => clip.places.get(id) ?? { x: 0, y: 0 }), ...clip.rects.values()];
  const [left, top] = [Math.min(...corners.map((point) => point.x)), Math.min(...corners.map((point) => point.y))];
  const moved = (point: Point): Point => ({ x: Math.round(point.x - left + at.x), y: Math.round(point.y - top + at.y) });
  const id = (old: string): string => ids.get(old) ?? old;
  const [nodes, places, frames, rects] = [new Map(flow.nodes), new Map(flow.places), new Map(flow.frames), new Map(flow.rects)];
  for (const node of clip.nodes) {
    const { undo, ...rest } = node;
    const takenBack = undo === undefined ? undefined : ids.get(undo);
    nodes.set(id(node.id), { ...rest, id: id(node.id), config: renamed(node.config, nodeFields(node.kind), ids), ...(takenBack !== undefined && { undo: takenBack }) });
    places.set(id(node.id), moved(clip.places.get(node.id) ?? { x: 0, y: 0 }));
  }
  for (const frame of clip.frames) {
    frames.set(id(frame.id), { ...frame, id: id(frame.id), members: inOrder(frame, frame.members.filter((member) => ids.has(member)).map(id)) });
    const rect = clip.rects.get(frame.id);
    if (rect) rects.set(id(frame.id), { ...rect, ...moved(rect) });
  }
  const edges = clip.edges.map(({ from, to }) => ({ from: end(id(nodeOf(from)), portOf(from)), to: end(id(nodeOf(to)), portOf(to)) }));
  const known = new Set(flow.edges.map(edgeId));
  return {
    flow: { ...flow, nodes, places, frames, rects, edges: [...flow.edges, ...edges.filter((edge) => !known.has(edgeId(edge)))] },
    ids: [...clip.nodes, ...clip.frames.filter(isRunning)].map((one) => id(one.id)),
  };
}

/** Copies what is chosen beside itself. */
export function duplicate(flow: Flow, chosen: ReadonlySet<string>, nodeFields: NodeFields): { flow: Flow; ids: string[] } {
  const clip = clipOf(flow, chosen);
  if (clip.nodes.length + clip.frames.length === 0) return { flow, ids: [] };
  const corners = [...clip.places.values(), ...clip.rects.values()];
  const at = { x: Math.min(...corners.map((point) => point.x)) + 40, y: Math.min(...corners.map((point) => point.y)) + 40 };
  return paste(flow, clip, at, nodeFields);
}
