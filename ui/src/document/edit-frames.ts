// Edits of frames: put around things, taken away, made something else, and what stands in them by where it stands.

import { type Config, type Edge, type Flow, type Frame, type FrameKind, type Point, type Rect, edgeId, end, nodeOf, place, portOf } from './flow';
import { innerEnds, isRunning, nesting } from './frames';
import { moveBy, newId } from './edit-nodes';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The room between a frame's border and what stands in it. */
export interface Margins {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export type SizeOf = (id: string) => Size;

export const GROUP_MARGINS: Margins = { left: 20, top: 36, right: 20, bottom: 20 };

function boxOf(flow: Flow, id: string, sizeOf: SizeOf): Rect {
  const { width, height } = sizeOf(id);
  return flow.rects.get(id) ?? { ...place(flow, id), width, height };
}

function bounds(flow: Flow, ids: Iterable<string>, sizeOf: SizeOf): Rect | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const id of ids) {
    const { x, y, width, height } = boxOf(flow, id, sizeOf);
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + width), Math.max(bottom, y + height)];
  }
  return left > right ? undefined : { x: left, y: top, width: right - left, height: bottom - top };
}

/** The rectangle around things, with room for the frame's title and ports. */
export function around(flow: Flow, ids: Iterable<string>, sizeOf: SizeOf, { left, top, right, bottom }: Margins = GROUP_MARGINS): Rect {
  const box = bounds(flow, ids, sizeOf);
  if (!box) return { x: 0, y: 0, width: 260, height: 160 };
  return { x: box.x - left, y: box.y - top, width: box.width + left + right, height: box.height + top + bottom };
}

/** The order of a fallback's members is the order in which they are tried; elsewhere it says nothing. */
const withMembers = (frame: Frame, members: readonly string[]): Frame => ({ ...frame, members: frame.kind === 'fallback' ? members : [...members].sort() });

export interface NewFrame {
  kind?: FrameKind;
  config?: Config;
  margins?: Margins;
}

/** Puts things into a new frame, which stands where they all stand. A node is in one group at most, and run by one frame. */
export function frameNodes(flow: Flow, ids: readonly string[], sizeOf: SizeOf, { kind = 'group', config = {}, margins = GROUP_MARGINS }: NewFrame = {}): { flow: Flow; id: string } {
  const id = newId(flow, kind);
  const inside = nesting(flow);
  const chosen = [...new Set(ids.flatMap((one) => (flow.frames.get(one)?.kind === 'group' && kind !== 'group' ? flow.frames.get(one)?.members ?? [] : [one])))]
    .filter((one) => flow.nodes.has(one) || isRunning(flow.frames.get(one)));
  const home = inside.common(chosen);
  const members = [...new Set(chosen.flatMap((one) => inside.standsAs(one, home) ?? []))].sort();
  const rect = around(flow, members, sizeOf, margins);
  const frames = new Map(flow.frames).set(id, { id, kind, name: '', members, config });
  const next = { ...flow, frames, rects: new Map(flow.rects).set(id, rect) };
  return { id, flow: { ...next, frames: kind === 'group' ? grouped(flow, frames, id, home) : running(flow, frames, id, home) } };
}

/** Frames where a group took its members out of other groups. */
function grouped(before: Flow, frames: Map<string, Frame>, id: string, home: string | undefined): Map<string, Frame> {
  const taken = new Set(frames.get(id)?.members);
  for (const frame of before.frames.values()) {
    if (frame.id === id || isRunning(frame) || !frame.members.some((one) => taken.has(one))) continue;
    frames.set(frame.id, { ...frame, members: frame.members.filter((one) => !taken.has(one)) });
  }
  const outer = home === undefined ? undefined : frames.get(home);
  if (outer && !outer.members.includes(id)) frames.set(outer.id, withMembers(outer, [...outer.members, id]));
  return frames;
}

/** Frames where one that runs its members took them out of what they stood in. Groups that are in it whole stand in it, others give up what it took. */
function running(before: Flow, frames: Map<string, Frame>, id: string, home: string | undefined): Map<string, Frame> {
  const taken = new Set(frames.get(id)?.members);
  const whole: string[] = [];
  for (const frame of before.frames.values()) {
    if (frame.id === id || isRunning(frame) || !frame.members.some((one) => taken.has(one))) continue;
    if (frame.members.every((one) => taken.has(one))) whole.push(frame.id);
    else frames.set(frame.id, { ...frame, members: frame.members.filter((one) => !taken.has(one)) });
  }
  const own = frames.get(id);
  if (own) frames.set(id, withMembers(own, [...own.members, ...whole.filter((one) => !own.members.includes(one))]));
  const gone = new Set([...taken, ...whole]);
  const outer = home === undefined ? undefined : frames.get(home);
  if (outer) frames.set(outer.id, withMembers(outer, replaced(outer.members, gone, id)));
  return frames;
}

/** A list in which one id stands for several, where the first of them stood. */
function replaced(members: readonly string[], gone: ReadonlySet<string>, by: string): string[] {
  const at = members.findIndex((one) => gone.has(one) || one === by);
  const rest = members.filter((one) => !gone.has(one) && one !== by);
  return at < 0 ? [...rest, by] : [...rest.slice(0, at), by, ...rest.slice(at)];
}

/** Takes frames away and leaves what stands in them. Wires to their ports go on where that can be told, else they go, too. */
export function unframe(flow: Flow, ids: Iterable<string>): Flow {
  let next = flow;
  for (const id of ids) {
    const frame = next.frames.get(id);
    if (!frame) continue;
    const edges = isRunning(frame) ? freed(next, frame) : next.edges;
    const frames = new Map(next.frames);
    frames.delete(id);
    for (const outer of next.frames.values()) {
      if (outer.id === id || !outer.members.includes(id)) continue;
      const own = isRunning(frame) ? frame.members.filter((one) => isRunning(outer) || next.frames.get(one)?.kind !== 'group') : [];
      const at = outer.members.indexOf(id);
      const rest = outer.members.filter((one) => one !== id && !own.includes(one));
      frames.set(outer.id, withMembers(outer, [...rest.slice(0, at), ...own, ...rest.slice(at)]));
    }
    const rects = new Map(next.rects);
    rects.delete(id);
    next = { ...next, frames, rects, edges };
  }
  return next;
}

/** The wires of a flow without those of a frame. What came of the one thing that gave its result goes on to who took the result. */
function freed(flow: Flow, { id, kind }: Frame): Edge[] {
  const own = flow.edges.filter((edge) => nodeOf(edge.from) === id || nodeOf(edge.to) === id).map((edge) => ({ edge, inner: innerEnds(flow, edge) }));
  const results = own.filter(({ edge, inner }) => edge.to === end(id, 'result') && inner.to).map(({ edge }) => edge.from);
  const first = kind === 'repeat' ? own.find(({ edge, inner }) => edge.to === end(id, 'value') && !inner.to)?.edge.from : undefined;
  const [result] = results;
  const only = kind !== 'for-each' && results.length === 1 && result !== undefined && nodeOf(result) !== id ? result : undefined;
  const seen = new Set<string>();
  return flow.edges.flatMap((edge): Edge[] => {
    const inner = own.find((one) => one.edge === edge)?.inner;
    if (!inner) return [edge];
    const isOut = nodeOf(edge.from) === id;
    if (!isOut || nodeOf(edge.to) === id) return [];
    const from = inner.from ? (portOf(edge.from) === 'value' ? first : undefined) : portOf(edge.from) === 'result' ? only : undefined;
    return from === undefined ? [] : [{ from, to: edge.to }];
  }).filter((edge) => !seen.has(edgeId(edge)) && seen.add(edgeId(edge)));
}

export function changeFrame(flow: Flow, id: string, change: Partial<Omit<Frame, 'id' | 'kind'>>): Flow {
  const frame = flow.frames.get(id);
  return frame ? { ...flow, frames: new Map(flow.frames).set(id, { ...frame, ...change }) } : flow;
}

/** Ports that mean the same in frames of different kinds. */
const LIKE: readonly (readonly string[])[] = [['items', 'value'], ['item', 'value'], ['index', 'round'], ['results', 'result']];

/** Makes a frame one of another kind. Its wires stay where its ports mean the same; a group has none. */
export function changeKind(flow: Flow, id: string, kind: FrameKind, config: Config, ports: { readonly inputs: readonly string[]; readonly outputs: readonly string[] }): Flow {
  const frame = flow.frames.get(id);
  if (!frame || frame.kind === kind) return flow;
  if (kind === 'group') {
    const plain = unframe(flow, [id]);
    const home = nesting(flow).homeOf(id);
    const members = frame.members.filter((one) => flow.frames.get(one)?.kind !== 'group');
    const frames = new Map(plain.frames).set(id, { ...frame, kind, config: {}, members });
    const rect = flow.rects.get(id);
    return { ...plain, frames: grouped(plain, frames, id, home), rects: rect ? new Map(plain.rects).set(id, rect) : plain.rects };
  }
  if (!isRunning(frame)) {
    const inside = nesting(flow);
    const home = inside.common(frame.members);
    const members = [...new Set(frame.members.flatMap((one) => inside.standsAs(one, home) ?? []))];
    return { ...flow, frames: running(flow, new Map(flow.frames).set(id, { ...frame, kind, config, members }), id, home) };
  }
  const renamed = (at: string, has: readonly string[]): string => {
    if (nodeOf(at) !== id || has.includes(portOf(at))) return at;
    const like = LIKE.find((names) => names.includes(portOf(at)) && names.some((name) => has.includes(name)));
    const other = like?.find((name) => has.includes(name));
    return other === undefined ? at : end(id, other);
  };
  const edges = flow.edges.map((edge) => ({ from: renamed(edge.from, [...ports.outputs, 'error']), to: renamed(edge.to, ports.inputs) }));
  const next = withMembers({ ...frame, kind, config }, frame.members);
  return { ...flow, frames: new Map(flow.frames).set(id, next), edges };
}

/** Moves a member of a frame earlier or later in its order. */
export function moveMember(flow: Flow, id: string, member: string, by: -1 | 1): Flow {
  const frame = flow.frames.get(id);
  const at = frame?.members.indexOf(member) ?? -1;
  const other = frame?.members[at + by];
  if (!frame || at < 0 || other === undefined) return flow;
  const members = frame.members.map((one, index) => (index === at ? other : index === at + by ? member : one));
  return changeFrame(flow, id, { members });
}

export function resizeFrame(flow: Flow, id: string, rect: Rect): Flow {
  if (!flow.frames.has(id)) return flow;
  const next = { x: Math.round(rect.x), y: Math.round(rect.y), width: Math.max(80, Math.round(rect.width)), height: Math.max(60, Math.round(rect.height)) };
  return { ...flow, rects: new Map(flow.rects).set(id, next) };
}

/** Puts an empty frame somewhere. */
export function addFrame(flow: Flow, kind: FrameKind, config: Config, rect: Rect): { flow: Flow; id: string } {
  const id = newId(flow, kind);
  const frames = new Map(flow.frames).set(id, { id, kind, name: '', members: [], config });
  return { id, flow: { ...flow, frames, rects: new Map(flow.rects).set(id, rect) } };
}

/** Makes something stand where another thing stands that it takes the place of. */
export function standBeside(flow: Flow, id: string, home: string | undefined): Flow {
  const frame = home === undefined ? undefined : flow.frames.get(home);
  if (!frame || frame.members.includes(id)) return flow;
  return { ...flow, frames: new Map(flow.frames).set(frame.id, withMembers(frame, [...frame.members, id])) };
}

const inside = (rect: Rect, at: Point): boolean => at.x >= rect.x && at.y >= rect.y && at.x <= rect.x + rect.width && at.y <= rect.y + rect.height;
const area = (rect: Rect): number => rect.width * rect.height;

/**
 * After a move: what has its middle in a frame stands in it, the innermost where frames overlap; what was moved out does so no more. What went
 * along with its frame stays in it.
 */
export function settleInFrames(flow: Flow, moved: Iterable<string>, sizeOf: SizeOf): Flow {
  if (flow.frames.size === 0) return flow;
  const all = new Set(moved);
  let next = flow;
  // Frames first: what is in them goes by where they are.
  for (const id of [...all].sort((a, b) => Number(flow.frames.has(b)) - Number(flow.frames.has(a)))) {
    const own = next.frames.get(id);
    if (!own && !next.nodes.has(id)) continue;
    const nest = nesting(next);
    const box = boxOf(next, id, sizeOf);
    const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const within = own ? nest.contents(id) : undefined;
    const fitting = [...next.frames.values()].flatMap((frame) => {
      const rect = next.rects.get(frame.id);
      if (!rect || frame.id === id || within?.has(frame.id) || !inside(rect, middle) || (own && area(rect) <= area(box))) return [];
      return [{ frame, area: area(rect) }];
    }).sort((a, b) => a.area - b.area);
    const [home, group] = [nest.homeOf(id), nest.groupOf(id)];
    const runs = fitting.find(({ frame }) => isRunning(frame));
    const shows = fitting.find(({ frame }) => !isRunning(frame));
    const nextHome = home !== undefined && all.has(home) ? home : runs?.frame.id;
    // A group around the frame that runs it shows that frame.
    const isShown = own?.kind !== 'group' && shows && (!runs || shows.area < runs.area);
    const nextGroup = group !== undefined && all.has(group) ? group : isShown ? shows.frame.id : undefined;
    next = rehomed(next, id, home, nextHome);
    next = rehomed(next, id, group, nextGroup);
  }
  return next;
}

function rehomed(flow: Flow, id: string, from: string | undefined, to: string | undefined): Flow {
  if (from === to) return flow;
  const frames = new Map(flow.frames);
  const [before, after] = [from === undefined ? undefined : frames.get(from), to === undefined ? undefined : frames.get(to)];
  if (before) frames.set(before.id, { ...before, members: before.members.filter((one) => one !== id) });
  if (after) frames.set(after.id, withMembers(after, [...after.members, id]));
  return { ...flow, frames };
}

/** The gap that is left between a frame and its neighbours. */
const GAP = 40;
const GRID = 20;
const up = (length: number): number => Math.ceil(length / GRID) * GRID;

/**
 * Makes room for a frame that was put around things: its neighbours are pushed off to the side on which they stand, and the frames that it
 * stands in grow.
 */
export function makeRoom(flow: Flow, id: string, sizeOf: SizeOf, marginsOf: (frame: Frame) => Margins): Flow {
  const rect = flow.rects.get(id);
  const nest = nesting(flow);
  const own = nest.contents(id);
  const core = bounds(flow, own, sizeOf);
  if (!rect || !core) return flow;
  const home = nest.homeOf(id);
  const beside = [...flow.nodes.keys(), ...[...flow.frames.values()].filter(isRunning).map((frame) => frame.id)]
    .filter((one) => one !== id && !own.has(one) && nest.homeOf(one) === home).map((one) => ({ one, box: boxOf(flow, one, sizeOf) }));
  const [right, bottom] = [rect.x + rect.width, rect.y + rect.height];
  const level = (box: Rect): boolean => box.y < bottom && rect.y < box.y + box.height;
  const upright = (box: Rect): boolean => box.x < right && rect.x < box.x + box.width;
  const sides = {
    left: beside.filter(({ box }) => box.x + box.width <= core.x),
    right: beside.filter(({ box }) => box.x >= core.x + core.width),
    above: beside.filter(({ box }) => box.x + box.width > core.x && box.x < core.x + core.width && box.y + box.height <= core.y),
    below: beside.filter(({ box }) => box.x + box.width > core.x && box.x < core.x + core.width && box.y >= core.y + core.height),
  };
  const need = (some: typeof beside, touches: (box: Rect) => boolean, by: (box: Rect) => number): number => up(Math.max(0, ...some.filter(({ box }) => touches(box)).map(({ box }) => by(box))));
  const pushes: [typeof beside, number, number][] = [
    [sides.left, -need(sides.left, level, (box) => box.x + box.width + GAP - rect.x), 0],
    [sides.right, need(sides.right, level, (box) => right + GAP - box.x), 0],
    [sides.above, 0, -need(sides.above, upright, (box) => box.y + box.height + GAP - rect.y)],
    [sides.below, 0, need(sides.below, upright, (box) => bottom + GAP - box.y)],
  ];
  let next = flow;
  for (const [some, dx, dy] of pushes) {
    if (dx !== 0 || dy !== 0) next = moveBy(next, new Set(some.flatMap(({ one }) => [one, ...nest.contents(one)])), dx, dy);
  }
  return home === undefined ? next : makeRoom(grown(next, home, sizeOf, marginsOf), home, sizeOf, marginsOf);
}

/** A frame that is large enough for what stands in it. */
export function grown(flow: Flow, id: string, sizeOf: SizeOf, marginsOf: (frame: Frame) => Margins): Flow {
  const [frame, rect] = [flow.frames.get(id), flow.rects.get(id)];
  if (!frame || !rect || frame.members.length === 0) return flow;
  const least = around(flow, frame.members, sizeOf, marginsOf(frame));
  const [x, y] = [Math.min(rect.x, least.x), Math.min(rect.y, least.y)];
  const [right, bottom] = [Math.max(rect.x + rect.width, least.x + least.width), Math.max(rect.y + rect.height, least.y + least.height)];
  return { ...flow, rects: new Map(flow.rects).set(id, { x, y, width: right - x, height: bottom - y }) };
}
