// A flow as it is drawn: cards, wires and frames with their places, and the grids that find them.

import { type Edge, type Flow, type Frame, type FlowNode, ORIGIN, type Point, type Rect, edgeId, nodeOf, place, portOf } from '../document/flow';
import { around as aroundThings } from '../document/edit-frames';
import { innerEnds, isRunning } from '../document/frames';
import { type Card, type Plug, type Shape, type Socket, type Wired, cardOf, socketOf } from './card';
import { type FrameBox, type FrameShape, type FrameWired, frameBoxOf, marginsOf, plainShape } from './frame-box';
import { type Curve, bounds, curve } from './curve';
import { Grid, around } from './grid';

export interface Wire {
  readonly id: string;
  readonly edge: Edge;
  readonly from: string;
  readonly to: string;
  /** What it carries. */
  readonly type: string;
  readonly line: Curve;
  readonly inner: { readonly from: boolean; readonly to: boolean };
}

/** What takes back what a node did. */
export interface Undo {
  readonly from: string;
  readonly to: string;
  readonly line: Curve;
}

export interface Scene {
  readonly cards: readonly Card[];
  readonly byId: ReadonlyMap<string, Card>;
  readonly wires: readonly Wire[];
  readonly wiresOf: ReadonlyMap<string, readonly Wire[]>;
  /** The smaller ones last, since they lie on top. */
  readonly frames: readonly FrameBox[];
  readonly frameById: ReadonlyMap<string, FrameBox>;
  /** What wires begin and end at, by id. */
  readonly plugs: { get(id: string): Plug | undefined };
  readonly undos: readonly Undo[];
  readonly cardGrid: Grid;
  readonly wireGrid: Grid;
  /** Around everything. */
  readonly bounds: Rect;
}

interface Kept {
  node: FlowNode;
  at: Point;
  shape: Shape;
  ports: string;
  card: Card;
}

/** Builds scenes of one flow and keeps the cards of nodes that didn't change. */
export class Scenes {
  #kept = new Map<string, Kept>();

  build(flow: Flow, shapeOf: (node: FlowNode) => Shape, frameShapeOf: (frame: Frame) => FrameShape = plainShape): Scene {
    const wired = wiredPorts(flow.edges);
    const kept = new Map<string, Kept>();
    const cards: Card[] = [];
    const byId = new Map<string, Card>();
    for (const node of flow.nodes.values()) {
      const [at, shape, ends] = [flow.places.get(node.id) ?? ORIGIN, shapeOf(node), wired.get(node.id)];
      const ports = ends ? `${[...ends.inputs].join()}>${[...ends.outputs].join()}` : '';
      const before = this.#kept.get(node.id);
      const same = before && before.node === node && before.at === at && before.shape === shape && before.ports === ports;
      const card = same ? before.card : cardOf(node, at, shape, ends);
      kept.set(node.id, same ? before : { node, at, shape, ports, card });
      cards.push(card);
      byId.set(node.id, card);
    }
    this.#kept = kept;
    return sceneOf(flow, cards, byId, frameShapeOf);
  }
}

function wiredPorts(edges: readonly Edge[]): Map<string, { inputs: Set<string>; outputs: Set<string> } & Wired> {
  const wired = new Map<string, { inputs: Set<string>; outputs: Set<string> }>();
  const of = (id: string): { inputs: Set<string>; outputs: Set<string> } => {
    let ports = wired.get(id);
    if (!ports) wired.set(id, (ports = { inputs: new Set(), outputs: new Set() }));
    return ports;
  };
  for (const { from, to } of edges) {
    of(nodeOf(from)).outputs.add(portOf(from));
    of(nodeOf(to)).inputs.add(portOf(to));
  }
  return wired;
}

/** The wired ports of frames that run what stands in them. */
function wiredFrames(flow: Flow): Map<string, FrameWired> {
  const wired = new Map<string, { outer: { inputs: Set<string>; outputs: Set<string> }; inner: { inputs: Set<string>; outputs: Set<string> } }>();
  const of = (id: string): { outer: { inputs: Set<string>; outputs: Set<string> }; inner: { inputs: Set<string>; outputs: Set<string> } } => {
    let ports = wired.get(id);
    if (!ports) wired.set(id, (ports = { outer: { inputs: new Set(), outputs: new Set() }, inner: { inputs: new Set(), outputs: new Set() } }));
    return ports;
  };
  for (const edge of flow.edges) {
    const [from, to] = [nodeOf(edge.from), nodeOf(edge.to)];
    if (!flow.frames.has(from) && !flow.frames.has(to)) continue;
    const inner = innerEnds(flow, edge);
    if (flow.frames.has(from)) of(from)[inner.from ? 'inner' : 'outer'].outputs.add(portOf(edge.from));
    if (flow.frames.has(to)) of(to)[inner.to ? 'inner' : 'outer'].inputs.add(portOf(edge.to));
  }
  return wired;
}

const OUTSIDE = { from: false, to: false };

/** A wire between two things; `undefined` where one of them isn't there. */
export function wireOf(edge: Edge, plugs: Scene['plugs'], inner: Wire['inner']): Wire | undefined {
  const [from, to] = [nodeOf(edge.from), nodeOf(edge.to)];
  const [source, target] = [plugs.get(from), plugs.get(to)];
  const output = source && socketOf(source, 'out', portOf(edge.from), inner.from);
  const input = target && socketOf(target, 'in', portOf(edge.to), inner.to);
  if (!output || !input) return undefined;
  const line = curve(source.x + output.x, source.y + output.y, target.x + input.x, target.y + input.y);
  return { id: edgeId(edge), edge, from, to, type: output.type, line, inner };
}

/** The wires at a socket. */
export const wiresAt = ({ wiresOf }: Pick<Scene, 'wiresOf'>, id: string, { side, name, inner }: Socket): Wire[] =>
  (wiresOf.get(id) ?? []).filter(({ edge, inner: at }) => (side === 'in' ? edge.to === `${id}.${name}` && at.to === inner : edge.from === `${id}.${name}` && at.from === inner));

/** From a node to the one that takes it back: between the sides that face each other. */
export function undoLine(from: Rect, to: Rect): Curve {
  const [a, b] = [from, to].map((box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 })) as [Point, Point];
  const isUpright = Math.abs(b.y - a.y) * 2 > Math.abs(b.x - a.x);
  const side = (box: Rect, middle: Point, sign: number): Point => (isUpright ? { x: middle.x, y: middle.y + sign * (box.height / 2 + 4) } : { x: middle.x + sign * (box.width / 2 + 6), y: middle.y });
  const sign = Math.sign(isUpright ? b.y - a.y : b.x - a.x) || 1;
  const [begin, end] = [side(from, a, sign), side(to, b, -sign)];
  const bend = (isUpright ? end.y - begin.y : end.x - begin.x) / 2;
  return isUpright
    ? [begin.x, begin.y, begin.x, begin.y + bend, end.x, end.y - bend, end.x, end.y]
    : [begin.x, begin.y, begin.x + bend, begin.y, end.x - bend, end.y, end.x, end.y];
}

function sceneOf(flow: Flow, cards: readonly Card[], byId: ReadonlyMap<string, Card>, frameShapeOf: (frame: Frame) => FrameShape): Scene {
  const [frames, frameById] = framesOf(flow, byId, frameShapeOf);
  const plugs = { get: (id: string): Plug | undefined => byId.get(id) ?? frameById.get(id) };
  const wires = flow.edges.flatMap((edge) => wireOf(edge, plugs, flow.frames.size > 0 ? innerEnds(flow, edge) : OUTSIDE) ?? []);
  const wiresOf = new Map<string, Wire[]>();
  for (const wire of wires) {
    for (const id of wire.from === wire.to ? [wire.from] : [wire.from, wire.to]) {
      const list = wiresOf.get(id);
      if (list) list.push(wire);
      else wiresOf.set(id, [wire]);
    }
  }
  const undos = cards.flatMap((card): Undo[] => {
    const other = card.node.undo === undefined ? undefined : byId.get(card.node.undo);
    return other && other !== card ? [{ from: card.id, to: other.id, line: undoLine(card, other) }] : [];
  });
  return {
    cards, byId, wires, wiresOf, frames, frameById, plugs, undos,
    cardGrid: new Grid(cards),
    wireGrid: new Grid(wires.map((wire) => bounds(wire.line))),
    bounds: around([...cards, ...frames]) ?? { x: 0, y: 0, width: 0, height: 0 },
  };
}

/** The boxes of frames, the smaller ones last. One that has no rectangle stands around its members. */
function framesOf(flow: Flow, byId: ReadonlyMap<string, Card>, frameShapeOf: (frame: Frame) => FrameShape): [FrameBox[], Map<string, FrameBox>] {
  const wired = flow.frames.size > 0 ? wiredFrames(flow) : new Map<string, FrameWired>();
  const rects = new Map(flow.rects);
  const rectOf = (frame: Frame, deep = 0): Rect => {
    const known = rects.get(frame.id);
    if (known) return known;
    for (const id of frame.members) {
      const inner = flow.frames.get(id);
      if (inner && deep < 32) rectOf(inner, deep + 1);
    }
    const members = frame.members.filter((id) => byId.has(id) || rects.has(id));
    const rect = aroundThings({ ...flow, rects }, members, (id) => byId.get(id) ?? { ...place(flow, id), width: 0, height: 0 }, marginsOf(frame, frameShapeOf(frame), wired.get(frame.id)));
    rects.set(frame.id, rect);
    return rect;
  };
  const boxes = [...flow.frames.values()].map((frame) => frameBoxOf(frame, rectOf(frame), isRunning(frame) ? frameShapeOf(frame) : plainShape(frame), wired.get(frame.id)));
  boxes.sort((a, b) => b.width * b.height - a.width * a.height);
  return [boxes, new Map(boxes.map((box) => [box.id, box]))];
}

export const emptyScene: Scene = sceneOf(
  { id: '', name: '', description: '', tags: [], defaults: { parallel: 16, timeout_ms: 300_000 }, nodes: new Map(), edges: [], frames: new Map(), places: new Map(), rects: new Map() },
  [], new Map(), plainShape,
);
