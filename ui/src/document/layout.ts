// Tidy: a layered layout by ELK, in a worker that is loaded when it is first asked for.

import type { ELK, ElkNode } from 'elkjs/lib/elk-api';
import { type Flow, type Frame, type Point, edgeId, nodeOf, place, portOf } from './flow';
import { type Margins, type Size, around, grown } from './edit-frames';
import { moveBy } from './edit-nodes';
import { isRunning, nesting, withContents } from './frames';
import { GRID, snapped } from './arrange';

let elk: Promise<ELK> | undefined;

async function load(): Promise<ELK> {
  const [{ default: Elk }, { default: worker }] = await Promise.all([import('elkjs/lib/elk-api'), import('elkjs/lib/elk-worker.min.js?url')]);
  return new Elk({ workerFactory: () => new Worker(worker) });
}

export interface PortPlace {
  name: string;
  side: 'in' | 'out';
  x: number;
  y: number;
}

/** The graph of some nodes as ELK wants it. */
export function elkGraph(flow: Flow, ids: ReadonlySet<string>, sizeOf: (id: string) => Size, portsOf: (id: string) => readonly PortPlace[]): ElkNode {
  const end = (at: string, side: 'in' | 'out'): string => `${side} ${at}`;
  return {
    id: 'flow',
    layoutOptions: {
      'elk.algorithm': 'layered',
      'elk.direction': 'RIGHT',
      'elk.layered.spacing.nodeNodeBetweenLayers': '60',
      'elk.spacing.nodeNode': '40',
      'elk.spacing.componentComponent': '60',
      'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
      'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
      // Large graphs get the quick way of avoiding crossings.
      'elk.layered.thoroughness': ids.size > 1000 ? '1' : '7',
    },
    children: [...ids].map((id) => ({
      id,
      ...sizeOf(id),
      layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
      ports: portsOf(id).map(({ name, side, x, y }) => ({
        id: end(`${id}.${name}`, side), x, y, width: 0, height: 0, layoutOptions: { 'elk.port.side': side === 'in' ? 'WEST' : 'EAST' },
      })),
    })),
    edges: flow.edges.filter(({ from, to }) => ids.has(nodeOf(from)) && ids.has(nodeOf(to)))
      .filter(({ from, to }) => portsOf(nodeOf(from)).some((port) => port.side === 'out' && port.name === portOf(from))
        && portsOf(nodeOf(to)).some((port) => port.side === 'in' && port.name === portOf(to)))
      .map((edge) => ({ id: edgeId(edge), sources: [end(edge.from, 'out')], targets: [end(edge.to, 'in')] })),
  };
}

/** Where nodes go when they are tidied: in layers from left to right, their upper left corner where it was. */
export async function tidied(flow: Flow, ids: ReadonlySet<string>, sizeOf: (id: string) => Size, portsOf: (id: string) => readonly PortPlace[]): Promise<Map<string, Point>> {
  elk ??= load();
  const { children = [] } = await (await elk).layout(elkGraph(flow, ids, sizeOf, portsOf));
  const before = [...ids].map((id) => flow.rects.get(id) ?? place(flow, id));
  const corner = snapped({ x: Math.min(...before.map((at) => at.x)), y: Math.min(...before.map((at) => at.y)) });
  const [left, top] = [Math.min(...children.map((child) => child.x ?? 0)), Math.min(...children.map((child) => child.y ?? 0))];
  return new Map(children.map(({ id, x = 0, y = 0 }) => [id, {
    x: corner.x + Math.round((x - left) / GRID) * GRID,
    y: corner.y + Math.round((y - top) / GRID) * GRID,
  }]));
}

export interface Looks {
  sizeOf: (id: string) => Size;
  marginsOf: (frame: Frame) => Margins;
  /** The ports to the outside. */
  portsOf: (id: string) => readonly PortPlace[];
}

/** A flow whose nodes are tidied, what stands in a frame before what stands around it. A frame is then as large as what is in it. */
export async function tidiedLevels(flow: Flow, ids: ReadonlySet<string>, { sizeOf, marginsOf, portsOf }: Looks): Promise<Flow> {
  const nest = nesting(flow);
  const depth = (id: string): number => nest.around(id).length;
  const homes = new Set([...ids].flatMap((id) => [undefined, ...nest.around(id)]));
  const frames = [...homes].filter((id) => id !== undefined).sort((a, b) => depth(b) - depth(a));
  let next = flow;
  for (const home of [...frames, undefined]) {
    const level = new Set([...ids].flatMap((id) => nest.standsAs(id, home) ?? []));
    const at = level.size > 1 ? await tidied(next, level, (id) => next.rects.get(id) ?? sizeOf(id), portsOf) : new Map<string, Point>();
    for (const [id, to] of at) {
      const from = next.rects.get(id) ?? place(next, id);
      next = moveBy(next, withContents(next, [id]), to.x - from.x, to.y - from.y);
    }
    const frame = home === undefined ? undefined : next.frames.get(home);
    if (!isRunning(frame)) continue;
    const isWhole = frame.members.every((id) => level.has(id) || next.frames.get(id)?.kind === 'group');
    next = isWhole ? { ...next, rects: new Map(next.rects).set(frame.id, around(next, [...level], sizeOf, marginsOf(frame))) } : grown(next, frame.id, sizeOf, marginsOf);
  }
  return next;
}
