// A flow as it is drawn: cards, wires and frames with their places, and the grids that find them.

import { type Edge, type Flow, type Frame, type FlowNode, ORIGIN, type Point, type Rect, edgeId, nodeOf, portOf } from '../document/flow';
import { type Card, type Shape, type Wired, cardOf, socketOf } from './card';
import { type Curve, bounds, curve } from './curve';
import { Grid, around, grown } from './grid';

export interface Wire {
  readonly id: string;
  readonly edge: Edge;
  readonly from: string;
  readonly to: string;
  /** What it carries. */
  readonly type: string;
  readonly line: Curve;
}

export interface FrameBox extends Rect {
  readonly id: string;
  readonly frame: Frame;
}

export interface Scene {
  readonly cards: readonly Card[];
  readonly byId: ReadonlyMap<string, Card>;
  readonly wires: readonly Wire[];
  readonly wiresOf: ReadonlyMap<string, readonly Wire[]>;
  readonly frames: readonly FrameBox[];
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

  build(flow: Flow, shapeOf: (node: FlowNode) => Shape): Scene {
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
    return sceneOf(flow, cards, byId);
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

/** A wire between two cards; `undefined` where one of them isn't there. */
export function wireOf(edge: Edge, byId: ReadonlyMap<string, Card>): Wire | undefined {
  const [from, to] = [nodeOf(edge.from), nodeOf(edge.to)];
  const [source, target] = [byId.get(from), byId.get(to)];
  const output = source && socketOf(source, 'out', portOf(edge.from));
  const input = target && socketOf(target, 'in', portOf(edge.to));
  if (!output || !input) return undefined;
  const line = curve(source.x + output.x, source.y + output.y, target.x + input.x, target.y + input.y);
  return { id: edgeId(edge), edge, from, to, type: output.type, line };
}

function sceneOf(flow: Flow, cards: readonly Card[], byId: ReadonlyMap<string, Card>): Scene {
  const wires = flow.edges.flatMap((edge) => wireOf(edge, byId) ?? []);
  const wiresOf = new Map<string, Wire[]>();
  for (const wire of wires) {
    for (const id of wire.from === wire.to ? [wire.from] : [wire.from, wire.to]) {
      const list = wiresOf.get(id);
      if (list) list.push(wire);
      else wiresOf.set(id, [wire]);
    }
  }
  const frames = [...flow.frames.values()].map((frame): FrameBox => ({ id: frame.id, frame, ...(flow.rects.get(frame.id) ?? home(frame, byId)) }));
  return {
    cards, byId, wires, wiresOf,
    // The smaller frame lies on top.
    frames: frames.sort((a, b) => b.width * b.height - a.width * a.height),
    cardGrid: new Grid(cards),
    wireGrid: new Grid(wires.map((wire) => bounds(wire.line))),
    bounds: around([...cards, ...frames]) ?? { x: 0, y: 0, width: 0, height: 0 },
  };
}

/** Around its members, for a frame that has no rectangle. */
function home(frame: Frame, byId: ReadonlyMap<string, Card>): Rect {
  const rect = around(frame.members.flatMap((id) => byId.get(id) ?? []));
  return rect ? grown(rect, 28) : { x: 0, y: 0, width: 260, height: 160 };
}

export const emptyScene: Scene = sceneOf(
  { id: '', name: '', description: '', tags: [], defaults: { parallel: 16, timeout_ms: 300_000 }, nodes: new Map(), edges: [], frames: new Map(), places: new Map(), rects: new Map() },
  [], new Map(),
);
