// What stands in what. Frames that run their members make levels, each a graph of its own: the rules are those of `flow::frames`. A group
// only shows that things belong together, and takes nothing away from the frame that runs them.

import { type Edge, type Flow, type Frame, type FrameKind, nodeOf } from './flow';

export type RunningKind = Exclude<FrameKind, 'group'>;
export const isRunning = (frame: Frame | undefined): frame is Frame & { readonly kind: RunningKind } => frame !== undefined && frame.kind !== 'group';

/** Deeper than this nothing is looked for, so that frames that stand in each other come to an end. */
const DEEPEST = 32;

export class Nesting {
  readonly #frames: ReadonlyMap<string, Frame>;
  readonly #home = new Map<string, string>();
  readonly #group = new Map<string, string>();

  constructor(frames: ReadonlyMap<string, Frame>) {
    this.#frames = frames;
    for (const frame of frames.values()) {
      const found = isRunning(frame) ? this.#home : this.#group;
      for (const id of frame.members) if (id !== frame.id && !found.has(id)) found.set(id, frame.id);
    }
    for (const id of [...this.#home.keys()]) if (frames.has(id) && this.#endless(id)) this.#home.delete(id);
  }

  #endless(id: string): boolean {
    let at = this.#home.get(id);
    for (let deep = 0; at !== undefined; deep += 1) {
      if (deep > DEEPEST) return true;
      at = this.#home.get(at);
    }
    return false;
  }

  /** The innermost frame that runs something. */
  homeOf(id: string): string | undefined {
    return this.#home.get(id);
  }
  /** The group that something is shown in. */
  groupOf(id: string): string | undefined {
    return this.#group.get(id);
  }

  /** The frames that run something, the innermost first. */
  around(id: string): string[] {
    const found: string[] = [];
    for (let at = this.#home.get(id); at !== undefined; at = this.#home.get(at)) found.push(at);
    return found;
  }

  isIn(id: string, frame: string): boolean {
    for (let at = this.#home.get(id); at !== undefined; at = this.#home.get(at)) if (at === frame) return true;
    return false;
  }

  /** What stands directly in a frame, or at the top, and has something in it or is it; `undefined` where it stands elsewhere. */
  standsAs(id: string, home: string | undefined): string | undefined {
    for (let at: string | undefined = id; at !== undefined; at = this.#home.get(at)) if (this.#home.get(at) === home) return at;
    return undefined;
  }

  /** The innermost frame that runs all of these; `undefined` where that is the flow itself. */
  common(ids: readonly string[]): string | undefined {
    const [first, ...rest] = ids.map((id) => this.around(id));
    return first?.find((frame) => rest.every((around) => around.includes(frame)));
  }

  /** Everything in a frame, groups and frames in it and what stands in those too. */
  contents(frame: string): Set<string> {
    const found = new Set<string>();
    const open = [frame];
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const id of this.#frames.get(at)?.members ?? []) {
        if (id === frame || found.has(id)) continue;
        found.add(id);
        if (this.#frames.has(id)) open.push(id);
      }
    }
    return found;
  }
}

const known = new WeakMap<Flow['frames'], Nesting>();

export function nesting(flow: Pick<Flow, 'frames'>): Nesting {
  let made = known.get(flow.frames);
  if (!made) known.set(flow.frames, (made = new Nesting(flow.frames)));
  return made;
}

/** Things with all that stands in them, for what is done to both. */
export function withContents(flow: Flow, ids: Iterable<string>): Set<string> {
  const inside = nesting(flow);
  return new Set([...ids].flatMap((id) => (flow.frames.has(id) ? [id, ...inside.contents(id)] : [id])));
}

/** Whether the ends of a wire are at the inner sides of frames: at what a frame gives to its members, and at what takes what comes of them. */
export function innerEnds(flow: Pick<Flow, 'frames'>, { from, to }: Edge): { from: boolean; to: boolean } {
  const [a, b] = [nodeOf(from), nodeOf(to)];
  const inner = (frame: string, other: string): boolean => isRunning(flow.frames.get(frame)) && (frame === other || nesting(flow).isIn(other, frame));
  return { from: inner(a, b), to: inner(b, a) };
}

/** One end of a wire that could be. */
export interface WireEnd {
  readonly id: string;
  /** At the inner side of a frame. */
  readonly inner: boolean;
}

/** The frame in which a value is at an end. */
export const levelOf = (flow: Pick<Flow, 'frames'>, { id, inner }: WireEnd): string | undefined => (inner ? id : nesting(flow).homeOf(id));

/** Why a wire can't cross the borders that it would; `undefined` where it can. */
export function whyNotAcross(flow: Flow, from: WireEnd, to: WireEnd): string | undefined {
  const inside = nesting(flow);
  const level = levelOf(flow, from);
  const isFrom = (frame: string): boolean => from.id === frame || inside.isIn(from.id, frame);
  if (isRunning(flow.frames.get(from.id)) && !from.inner && (inside.isIn(to.id, from.id) || (to.id === from.id && to.inner))) {
    return 'What comes out of a frame comes after all that runs in it.';
  }
  if (to.inner && !isFrom(to.id)) return 'Only what runs in the frame gives its result.';
  const end = levelOf(flow, to);
  if (level !== undefined && level !== end && (end === undefined || !inside.around(end).includes(level))) {
    return from.inner ? 'What a frame gives to what runs in it stays in it. Wire it to the frame’s result.' : 'What runs in a frame may run many times, or not at all. Wire it to the frame’s result.';
  }
  const home = level === undefined ? undefined : flow.frames.get(level);
  if (home?.kind === 'fallback' && !from.inner && !to.inner && inside.standsAs(from.id, home.id) !== inside.standsAs(to.id, home.id)) {
    return 'In a fallback each is an alternative, so they give each other nothing.';
  }
  return undefined;
}

/** The step of a level that an end belongs to: a frame is one step of what it stands in. The level's own border is no step. */
export function stepAt(flow: Pick<Flow, 'frames'>, level: string | undefined): (end: WireEnd) => string | undefined {
  const inside = nesting(flow);
  return ({ id, inner }) => (inner && id === level ? undefined : inside.standsAs(id, level));
}

/** Frames whose steps have an index in their paths, which what is told of all iterations leaves out. */
const INDEXED: ReadonlySet<string> = new Set(['for-each', 'repeat']);

/** The path of the step of a node or frame in a run, without iterations: behind the frames around it that run it once. */
export function stepPath(flow: Pick<Flow, 'frames'>, id: string): string {
  const around = nesting(flow).around(id).filter((frame) => !INDEXED.has(flow.frames.get(frame)?.kind ?? ''));
  return [...around.reverse(), id].join('/');
}
