// A flow document as the editor holds it: immutable, nodes and frames by id, so that an edit shares all that it doesn't touch.

import type { Json } from '../api/types';

export const SCHEMA = 'assent.flow/1';

export type Config = Readonly<Record<string, Json>>;
export type Join = 'all' | 'any' | { readonly n: number };

export interface Retry {
  readonly attempts: number;
  readonly backoff?: { readonly first_ms?: number; readonly most_ms?: number };
}

export interface FlowNode {
  readonly id: string;
  readonly kind: string;
  readonly version: number;
  /** Its name for people; empty where the kind's title serves. */
  readonly name: string;
  readonly config: Config;
  readonly join?: Join;
  readonly retry?: Retry;
  readonly timeout_ms?: number;
  /** How long all its attempts may take together. */
  readonly deadline_ms?: number;
  /** The node that takes back what this one did. */
  readonly undo?: string;
  /** Left out of runs: what comes in goes on. */
  readonly bypass?: boolean;
}

/** A wire. Both ends are written `node.port`. */
export interface Edge {
  readonly from: string;
  readonly to: string;
}

/** A group only shows that its members belong together; all others run them. */
export const FRAME_KINDS = ['group', 'for-each', 'repeat', 'race', 'fallback', 'try', 'strategy'] as const;
export type FrameKind = (typeof FRAME_KINDS)[number];

export interface Frame {
  readonly id: string;
  readonly kind: FrameKind;
  readonly name: string;
  readonly members: readonly string[];
  readonly config: Config;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect extends Point {
  readonly width: number;
  readonly height: number;
}

export interface Defaults {
  readonly parallel: number;
  readonly timeout_ms: number;
  /** How long a whole run may take. */
  readonly deadline_ms?: number;
}

export interface Flow {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly defaults: Defaults;
  readonly nodes: ReadonlyMap<string, FlowNode>;
  /** Their order is the order of values on a port that takes many. */
  readonly edges: readonly Edge[];
  readonly frames: ReadonlyMap<string, Frame>;
  /** Where nodes stand. A node without a place stands at the origin. */
  readonly places: ReadonlyMap<string, Point>;
  readonly rects: ReadonlyMap<string, Rect>;
}

export const USUAL: Defaults = { parallel: 16, timeout_ms: 300_000 };
export const ORIGIN: Point = { x: 0, y: 0 };

export function emptyFlow(id: string, name: string): Flow {
  return {
    id, name, description: '', tags: [], defaults: USUAL,
    nodes: new Map(), edges: [], frames: new Map(), places: new Map(), rects: new Map(),
  };
}

/** The node of an end `node.port`. Ids have no dots. */
export const nodeOf = (end: string): string => end.slice(0, end.indexOf('.'));
/** The port of an end `node.port`. */
export const portOf = (end: string): string => end.slice(end.indexOf('.') + 1);
export const end = (node: string, port: string): string => `${node}.${port}`;

/** What names a wire. A flow has no wire twice. */
export const edgeId = (edge: Edge): string => `${edge.from}>${edge.to}`;
export function edgeOf(id: string): Edge {
  const at = id.indexOf('>');
  return { from: id.slice(0, at), to: id.slice(at + 1) };
}

export const place = (flow: Flow, id: string): Point => flow.places.get(id) ?? ORIGIN;
