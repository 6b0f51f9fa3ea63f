// Edits of frames.

import { type Flow, type Frame, type FrameKind, type Point, type Rect, place } from './flow';
import { newId } from './edit-nodes';

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 20;
const TITLE = 36;

/** The rectangle around nodes, with room for the frame's title. */
export function around(flow: Flow, ids: Iterable<string>, sizeOf: (id: string) => Size): Rect {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const id of ids) {
    const [{ x, y }, { width, height }] = [place(flow, id), sizeOf(id)];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + width), Math.max(bottom, y + height)];
  }
  if (left > right) return { x: 0, y: 0, width: 260, height: 160 };
  return { x: left - MARGIN, y: top - TITLE, width: right - left + 2 * MARGIN, height: bottom - top + TITLE + MARGIN };
}

/** Puts nodes into a new frame. A node is in one frame at most. */
export function frameNodes(flow: Flow, ids: readonly string[], sizeOf: (id: string) => Size, kind: FrameKind = 'group'): { flow: Flow; id: string } {
  const id = newId(flow, kind);
  const members = ids.filter((node) => flow.nodes.has(node)).sort();
  const taken = new Set(members);
  const frames = new Map<string, Frame>();
  for (const frame of flow.frames.values()) {
    const rest = frame.members.filter((member) => !taken.has(member));
    frames.set(frame.id, rest.length === frame.members.length ? frame : { ...frame, members: rest });
  }
  frames.set(id, { id, kind, name: '', members, config: {} });
  return { id, flow: { ...flow, frames, rects: new Map(flow.rects).set(id, around(flow, members, sizeOf)) } };
}

/** Takes frames away and leaves their members. */
export function unframe(flow: Flow, ids: Iterable<string>): Flow {
  const [frames, rects] = [new Map(flow.frames), new Map(flow.rects)];
  let changed = false;
  for (const id of ids) {
    changed = frames.delete(id) || changed;
    rects.delete(id);
  }
  return changed ? { ...flow, frames, rects } : flow;
}

export function changeFrame(flow: Flow, id: string, change: Partial<Omit<Frame, 'id'>>): Flow {
  const frame = flow.frames.get(id);
  return frame ? { ...flow, frames: new Map(flow.frames).set(id, { ...frame, ...change }) } : flow;
}

export function resizeFrame(flow: Flow, id: string, rect: Rect): Flow {
  if (!flow.frames.has(id)) return flow;
  const next = { x: Math.round(rect.x), y: Math.round(rect.y), width: Math.max(80, Math.round(rect.width)), height: Math.max(60, Math.round(rect.height)) };
  return { ...flow, rects: new Map(flow.rects).set(id, next) };
}

const inside = (rect: Rect, at: Point): boolean => at.x >= rect.x && at.y >= rect.y && at.x <= rect.x + rect.width && at.y <= rect.y + rect.height;

/** After a move: nodes whose middle lies in a frame are its members, others that were moved out are no more. */
export function settleInFrames(flow: Flow, moved: Iterable<string>, sizeOf: (id: string) => Size): Flow {
  if (flow.frames.size === 0) return flow;
  let frames: Map<string, Frame> | undefined;
  for (const id of moved) {
    if (!flow.nodes.has(id)) continue;
    const [at, size] = [place(flow, id), sizeOf(id)];
    const middle = { x: at.x + size.width / 2, y: at.y + size.height / 2 };
    // The smallest frame around the middle is meant where frames overlap.
    const fitting = [...flow.frames.keys()].flatMap((frame) => {
      const rect = flow.rects.get(frame);
      return rect && inside(rect, middle) ? [{ frame, area: rect.width * rect.height }] : [];
    });
    const home = fitting.sort((a, b) => a.area - b.area)[0]?.frame;
    for (const frame of (frames ?? flow.frames).values()) {
      const has = frame.members.includes(id);
      if (has === (frame.id === home)) continue;
      frames ??= new Map(flow.frames);
      const members = has ? frame.members.filter((member) => member !== id) : [...frame.members, id].sort();
      frames.set(frame.id, { ...frame, members });
    }
  }
  return frames ? { ...flow, frames } : flow;
}
