// What an edit changed, as data that goes both ways. An undo history keeps patches, so a large flow is never copied.

import { type Edge, type Flow, edgeId } from './flow';

/** For each id: what stood there before and what stands there after; `null` is nothing. */
type Changes<T> = Record<string, readonly [before: T | null, after: T | null]>;
type Placed = readonly [index: number, edge: Edge];

const MAPS = ['nodes', 'frames', 'places', 'rects'] as const;
const FIELDS = ['id', 'name', 'description', 'tags', 'defaults'] as const;
type MapName = (typeof MAPS)[number];
type FieldName = (typeof FIELDS)[number];
type Held<N extends MapName> = Flow[N] extends ReadonlyMap<string, infer T> ? T : never;

export type Patch = { readonly [N in MapName]?: Changes<Held<N>> } & { readonly [F in FieldName]?: readonly [before: Flow[F], after: Flow[F]] } & {
  /** Wires taken away, with their places before, and wires put in, with their places after. */
  readonly edges?: { readonly gone: readonly Placed[]; readonly come: readonly Placed[] };
};

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

function mapChanges<T>(before: ReadonlyMap<string, T>, after: ReadonlyMap<string, T>): Changes<T> | undefined {
  if (before === after) return undefined;
  const changes: Changes<T> = {};
  for (const [id, value] of before) {
    const now = after.get(id);
    if (now !== value && !same(now, value)) changes[id] = [value, now ?? null];
  }
  for (const [id, value] of after) if (!before.has(id)) changes[id] = [null, value];
  return Object.keys(changes).length > 0 ? changes : undefined;
}

function edgeChanges(before: readonly Edge[], after: readonly Edge[]): Patch['edges'] {
  if (before === after) return undefined;
  const [had, has] = [new Set(before.map(edgeId)), new Set(after.map(edgeId))];
  const kept = (edges: readonly Edge[], in_: ReadonlySet<string>): string[] => edges.map(edgeId).filter((id) => in_.has(id));
  const [left, right] = [kept(before, has), kept(after, had)];
  // Where wires changed places among each other, all of them are taken out and put back.
  const reordered = left.some((id, at) => id !== right[at]);
  const placed = (edges: readonly Edge[], in_: ReadonlySet<string>): Placed[] =>
    edges.flatMap((edge, index) => (reordered || !in_.has(edgeId(edge)) ? [[index, edge] as const] : []));
  const [gone, come] = [placed(before, has), placed(after, had)];
  return gone.length + come.length > 0 ? { gone, come } : undefined;
}

/** What has to change in one flow to have the other; `undefined` where nothing has. */
export function patchBetween(before: Flow, after: Flow): Patch | undefined {
  const patch: Record<string, unknown> = {};
  for (const name of MAPS) {
    const changes = mapChanges<unknown>(before[name], after[name]);
    if (changes) patch[name] = changes;
  }
  for (const name of FIELDS) if (!same(before[name], after[name])) patch[name] = [before[name], after[name]];
  const edges = edgeChanges(before.edges, after.edges);
  if (edges) patch.edges = edges;
  return Object.keys(patch).length > 0 ? (patch as Patch) : undefined;
}

function applyMap<T>(map: ReadonlyMap<string, T>, changes: Changes<T> | undefined, to: 0 | 1): ReadonlyMap<string, T> {
  if (!changes) return map;
  const next = new Map(map);
  for (const [id, sides] of Object.entries(changes)) {
    const value = sides[to];
    if (value === null) next.delete(id);
    else next.set(id, value);
  }
  return next;
}

function applyEdges(edges: readonly Edge[], changes: Patch['edges'], to: 0 | 1): readonly Edge[] {
  if (!changes) return edges;
  const [take, put] = to === 1 ? [changes.gone, changes.come] : [changes.come, changes.gone];
  const taken = new Set(take.map(([, edge]) => edgeId(edge)));
  const rest = edges.filter((edge) => !taken.has(edgeId(edge)));
  const next: Edge[] = [];
  let [from, at] = [0, 0];
  while (from < rest.length || at < put.length) {
    const waiting = put[at];
    const other = rest[from];
    if (waiting && (waiting[0] <= next.length || !other)) {
      next.push(waiting[1]);
      at += 1;
    } else if (other) {
      next.push(other);
      from += 1;
    }
  }
  return next;
}

function apply(flow: Flow, patch: Patch, to: 0 | 1): Flow {
  const fields = Object.fromEntries(FIELDS.flatMap((name) => (patch[name] ? [[name, patch[name][to]]] : [])));
  return {
    ...flow,
    ...fields,
    nodes: applyMap(flow.nodes, patch.nodes, to),
    frames: applyMap(flow.frames, patch.frames, to),
    places: applyMap(flow.places, patch.places, to),
    rects: applyMap(flow.rects, patch.rects, to),
    edges: applyEdges(flow.edges, patch.edges, to),
  };
}

export const redone = (flow: Flow, patch: Patch): Flow => apply(flow, patch, 1);
export const undone = (flow: Flow, patch: Patch): Flow => apply(flow, patch, 0);

/** The ids of nodes and frames that a patch touches, for showing what an undo did. */
export function touched(patch: Patch): string[] {
  return [...new Set(MAPS.flatMap((name) => Object.keys(patch[name] ?? {})))];
}
