// Where things stand in a small picture of a flow. Places come from the layout; boxes keep a size at which their words can be read, and
// where there is no room for words they become glyphs, then dots.

import { type Edge, type Flow, type FlowNode, type Point, type Rect, edgeId, nodeOf, place, portOf } from '../document/flow';
import { innerEnds, isRunning } from '../document/frames';
import type { Kinds } from './kinds';

export type Detail = 'words' | 'glyphs' | 'dots';

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box extends Rect {
  readonly node: FlowNode;
}

export interface Wire {
  readonly id: string;
  readonly edge: Edge;
  readonly d: string;
}

export interface Picture {
  readonly detail: Detail;
  readonly boxes: readonly Box[];
  readonly wires: readonly Wire[];
  readonly frames: readonly (Rect & { readonly id: string; readonly name: string })[];
}

/** The part of the canvas that a picture shows, in the layout's own units. Two pictures of the same part can be compared. */
export interface Extent {
  readonly left: number;
  readonly top: number;
  readonly spanX: number;
  readonly spanY: number;
  /** The least distance between two nodes that stand beside each other, and between two above each other. */
  readonly pitchX: number;
  readonly pitchY: number;
}

const NODE: Size = { width: 220, height: 96 };
const PAD = 12;
const LONGEST_LABEL = 168;
/** Beyond so many nodes nobody reads a small picture. */
const MOST_WITH_GLYPHS = 120;

const DETAILS: Record<Exclude<Detail, 'dots'>, { least: number; most: number; height: number; gapX: number; gapY: number }> = {
  words: { least: 84, most: LONGEST_LABEL, height: 30, gapX: 16, gapY: 8 },
  glyphs: { least: 26, most: 26, height: 24, gapX: 8, gapY: 6 },
};

/** The part of the canvas that all these flows need together. */
export function extentOf(...flows: readonly Flow[]): Extent {
  const [xs, ys]: [number[], number[]] = [[], []];
  let [pitchX, pitchY] = [Infinity, Infinity];
  for (const flow of flows) {
    const points = [...flow.nodes.keys()].map((id) => place(flow, id));
    for (const { x, y } of points) {
      xs.push(x);
      ys.push(y);
    }
    for (const { x, y, width, height } of flow.rects.values()) {
      xs.push(x, x + Math.max(0, width - NODE.width));
      ys.push(y, y + Math.max(0, height - NODE.height));
    }
    if (points.length > MOST_WITH_GLYPHS) continue;
    points.forEach((a, index) => {
      for (const b of points.slice(index + 1)) {
        const [dx, dy] = [Math.abs(a.x - b.x), Math.abs(a.y - b.y)];
        if (dy < NODE.height && dx >= NODE.width / 2) pitchX = Math.min(pitchX, dx);
        if (dx < NODE.width && dy >= NODE.height / 2) pitchY = Math.min(pitchY, dy);
      }
    });
  }
  const least = (of: number[]): number => of.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (of: number[]): number => of.reduce((a, b) => Math.max(a, b), -Infinity);
  if (xs.length === 0) return { left: 0, top: 0, spanX: 0, spanY: 0, pitchX, pitchY };
  return { left: least(xs), top: least(ys), spanX: most(xs) - least(xs), spanY: most(ys) - least(ys), pitchX, pitchY };
}

interface Scale extends Size {
  readonly detail: Detail;
  readonly x: (x: number) => number;
  readonly y: (y: number) => number;
}

/** The widest box of which a row fits: the places spread over what the last box leaves. */
function widthFor(extent: Extent, width: number, gap: number): number {
  if (extent.spanX === 0) return width;
  const pitch = Math.min(extent.pitchX, extent.spanX) / extent.spanX;
  return (pitch * width - gap) / (1 + pitch);
}

function scaleFor(extent: Extent, size: Size, nodes: number): Scale {
  const [width, height] = [Math.max(1, size.width - 2 * PAD), Math.max(1, size.height - 2 * PAD)];
  const fit = (detail: Detail, box: Size): Scale => {
    const per = (room: number, span: number): number => (span === 0 ? 1 : Math.min(1, Math.max(0, room) / span));
    const sx = per(width - box.width, extent.spanX);
    const needed = Number.isFinite(extent.pitchY) ? (box.height + 14) / extent.pitchY : 0;
    const sy = Math.min(per(height - box.height, extent.spanY), Math.max(1.1 * sx, needed));
    const left = PAD + (width - box.width - extent.spanX * sx) / 2;
    const top = PAD + (height - box.height - extent.spanY * sy) / 2;
    return { detail, ...box, x: (x) => left + (x - extent.left) * sx, y: (y) => top + (y - extent.top) * sy };
  };
  for (const detail of nodes > MOST_WITH_GLYPHS ? [] : (['words', 'glyphs'] as const)) {
    const { least, most, height: tall, gapX, gapY } = DETAILS[detail];
    const wide = Math.min(most, widthFor(extent, width, gapX));
    if (wide < least) continue;
    const scale = fit(detail, { width: wide, height: tall });
    const rows = Number.isFinite(extent.pitchY) ? scale.y(extent.top + extent.pitchY) - scale.y(extent.top) : Infinity;
    if (rows >= tall + gapY && tall <= height) return scale;
  }
  const dot = Math.min(14, Math.max(3, widthFor(extent, width, 4)));
  return fit('dots', { width: dot, height: Math.max(3, dot * 0.6) });
}

/** A wire between two points; one that goes back swings out to both sides. */
export function curve(x: number, y: number, toX: number, toY: number): string {
  const n = (value: number): string => String(Math.round(value * 10) / 10);
  if (toX > x) {
    const bend = Math.max(8, (toX - x) / 2);
    return `M${n(x)} ${n(y)}C${n(x + bend)} ${n(y)} ${n(toX - bend)} ${n(toY)} ${n(toX)} ${n(toY)}`;
  }
  const [middleX, middleY] = [(x + toX) / 2, (y + toY) / 2 + (Math.abs(toY - y) < 20 ? 24 : 0)];
  return `M${n(x)} ${n(y)}C${n(x + 20)} ${n(y)} ${n(x + 20)} ${n(middleY)} ${n(middleX)} ${n(middleY)}S${n(toX - 20)} ${n(toY)} ${n(toX)} ${n(toY)}`;
}

/** The ports of each node that have wires, in the order of the wires. */
function portsInUse(edges: readonly Edge[], side: 'from' | 'to'): Map<string, string[]> {
  const ports = new Map<string, string[]>();
  for (const edge of edges) {
    const [node, port] = [nodeOf(edge[side]), portOf(edge[side])];
    const known = ports.get(node) ?? [];
    if (!known.includes(port)) ports.set(node, [...known, port]);
  }
  return ports;
}

/** The picture of a flow in a space of this size. */
export function pictureOf(flow: Flow, size: Size, extent: Extent = extentOf(flow)): Picture {
  const scale = scaleFor(extent, size, flow.nodes.size);
  const boxes = [...flow.nodes.values()].map((node): Box => {
    const at = place(flow, node.id);
    return { node, x: scale.x(at.x), y: scale.y(at.y), width: scale.width, height: scale.height };
  });
  const byId = new Map(boxes.map((box) => [box.node.id, box]));
  const [outputs, inputs] = [portsInUse(flow.edges, 'from'), portsInUse(flow.edges, 'to')];
  const socketY = (box: Box, ports: readonly string[], port: string): number =>
    box.y + (box.height * (ports.indexOf(port) + 1)) / (ports.length + 1);
  const frames = [...flow.rects].flatMap(([id, rect]) => {
    const frame = flow.frames.get(id);
    if (!frame) return [];
    const [x, y] = [scale.x(rect.x) - 4, scale.y(rect.y) - 4];
    const right = scale.x(rect.x + Math.max(0, rect.width - NODE.width)) + scale.width + 4;
    const bottom = scale.y(rect.y + Math.max(0, rect.height - NODE.height)) + scale.height + 4;
    return [{ id, name: frame.name, x, y, width: right - x, height: bottom - y }];
  });
  /** Where a wire begins or ends: at a node, or at the border of a frame, inside of it or outside. */
  const endAt = (edge: Edge, side: 'from' | 'to'): Point | undefined => {
    const id = nodeOf(edge[side]);
    const box = byId.get(id);
    const isOut = side === 'from';
    if (box) return { x: box.x + (isOut ? box.width : 0), y: socketY(box, (isOut ? outputs : inputs).get(id) ?? [], portOf(edge[side])) };
    const frame = frames.find((one) => one.id === id);
    if (!frame || !isRunning(flow.frames.get(id))) return undefined;
    const atLeft = isOut === innerEnds(flow, edge)[side];
    return { x: frame.x + (atLeft ? 0 : frame.width), y: frame.y + frame.height / 2 };
  };
  const wires = flow.edges.flatMap((edge): Wire[] => {
    const [begin, end] = [endAt(edge, 'from'), endAt(edge, 'to')];
    return begin && end ? [{ id: edgeId(edge), edge, d: curve(begin.x, begin.y, end.x, end.y) }] : [];
  });
  return { detail: scale.detail, boxes, wires, frames };
}

/** What a node is called: its name, else its kind's title, else its kind in words. */
export function titleOf(node: FlowNode, kinds: Kinds): string {
  const words = node.kind.replaceAll('-', ' ');
  return node.name || (kinds.get(node.kind)?.title ?? words.charAt(0).toUpperCase() + words.slice(1));
}

/** The words that fit into a width, at the size of small text. */
export function cutTo(text: string, width: number): string {
  const most = Math.max(1, Math.floor(width / 6.1));
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}

/** A flow in a sentence, for those who don't see its picture. */
export function inWords(flow: Flow, kinds: Kinds): string {
  if (flow.nodes.size === 0) return 'An empty flow.';
  const order = [...flow.nodes.values()].sort((a, b) => place(flow, a.id).x - place(flow, b.id).x || place(flow, a.id).y - place(flow, b.id).y);
  const names = order.slice(0, 12).map((node) => titleOf(node, kinds));
  return `From left to right: ${names.join(', ')}${order.length > names.length ? ` and ${order.length - names.length} more` : ''}.`;
}
