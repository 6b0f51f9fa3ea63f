// The keyboard's way over the canvas: arrows go from node to node, Enter goes into ports, arrows and Enter wire them.

import type { Plug, Socket } from '../canvas/card';
import { spot } from '../canvas/card';
import { type Direction, neighbour } from '../canvas/hit';
import { type Scene, wiresAt } from '../canvas/scene';
import { GRID } from '../document/arrange';
import { moveBy } from '../document/edit-nodes';
import { settleInFrames } from '../document/edit-frames';
import { disconnect } from '../document/edit-wires';
import { withContents } from '../document/frames';
import { count } from '../words/count';
import { placed, refusal, reveal, size, wire } from './actions';
import type { End } from './gestures.svelte';
import type { OpenFlow } from './open-flow.svelte';

/** Where the keys are: on nodes, in a node's ports, or choosing the other end of a wire. */
export type KeyPlace =
  | { at: 'nodes' }
  | { at: 'ports'; port: End }
  | { at: 'wire'; from: End; ends: End[]; chosen: number };

export const ON_NODES: KeyPlace = { at: 'nodes' };

const DIRECTIONS: Record<string, Direction> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };

/** The first card to be at: the leftmost of those at the top. */
export function firstCard(scene: Scene): string | undefined {
  return [...scene.cards].sort((a, b) => a.x + a.y / 4 - (b.x + b.y / 4))[0]?.id;
}

const sideOf = (card: Plug, side: 'in' | 'out'): Socket[] => (side === 'in' ? [...card.inputs] : [...card.outputs, ...(card.error ? [card.error] : [])]);

/** The other ends that a wire from here fits, the nearest first. */
export function possibleEnds(open: OpenFlow, from: End): End[] {
  const here = spot(from.card, from.socket);
  const found: { end: End; far: number }[] = [];
  // Frames first: what is near enough ends the search.
  for (const card of [...open.scene.frames.filter((frame) => frame.runs), ...open.scene.cards]) {
    for (const socket of from.socket.side === 'out' ? card.inputs : card.outputs) {
      const other = { card, socket };
      const fits = from.socket.side === 'out' ? refusal(open, from, other) : refusal(open, other, from);
      if (fits !== undefined) continue;
      const at = spot(card, socket);
      found.push({ end: other, far: Math.hypot(at.x - here.x, at.y - here.y) });
    }
    if (found.length > 400) break;
  }
  return found.sort((a, b) => a.far - b.far).map(({ end: other }) => other);
}

const portWords = ({ card, socket }: End, open: OpenFlow): string => {
  const wires = wiresAt(open.scene, card.id, socket);
  const others = wires.map(({ edge }) => (socket.side === 'in' ? edge.from : edge.to).replace('.', ' '));
  const side = socket.inner ? (socket.side === 'in' ? 'Takes from inside' : 'Gives to inside') : socket.side === 'in' ? 'Input' : 'Output';
  return `${side} ${socket.name}, ${socket.type}${wires.length > 0 ? `, wired to ${others.join(', ')}` : ', not wired'}`;
};

export const cardWords = ({ shape, inputs, outputs }: Plug): string => [shape.title, shape.says.replace(/\.$/, ''), `${count(inputs.length, 'input')}, ${count(outputs.length, 'output')}`].filter(Boolean).join('. ');

export interface Pressed {
  place: KeyPlace;
  /** What is told to screen readers. */
  say?: string;
}

/** What a key means on nodes; `undefined` where it means nothing here. */
function onNodes(open: OpenFlow, event: KeyboardEvent): Pressed | undefined {
  const direction = DIRECTIONS[event.key];
  const lead = open.lead ?? firstCard(open.scene);
  if (lead === undefined) return undefined;
  if (direction && event.altKey) {
    if (open.isReadOnly) return undefined;
    const ids = [...withContents(open.flow, open.chosen.size > 0 ? open.chosen : [lead])];
    const step = event.shiftKey ? GRID * 5 : GRID;
    const [dx, dy] = direction === 'left' ? [-step, 0] : direction === 'right' ? [step, 0] : direction === 'up' ? [0, -step] : [0, step];
    const moved = moveBy(placed(open), new Set(ids), dx, dy);
    open.edit(`Move ${count(ids.length, 'node')}`, settleInFrames(moved, ids, size(open)), { key: `nudge ${ids.join()}` });
    reveal(open, ids);
    return { place: ON_NODES };
  }
  if (direction) {
    const next = open.lead === undefined ? lead : neighbour(open.scene, lead, direction);
    if (next === undefined) return { place: ON_NODES, say: 'No node this way' };
    open.lead = next;
    open.choose(event.shiftKey ? [...open.chosen, next] : [next]);
    open.lead = next;
    reveal(open, [next]);
    const card = open.scene.plugs.get(next);
    return { place: ON_NODES, ...(card && { say: cardWords(card) }) };
  }
  if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
    const card = open.scene.plugs.get(lead);
    const socket = card && (card.outputs[0] ?? card.inputs[0]);
    if (!card || !socket) return undefined;
    open.lead = lead;
    const port = { card, socket };
    return { place: { at: 'ports', port }, say: portWords(port, open) };
  }
  return undefined;
}

function inPorts(open: OpenFlow, port: End, event: KeyboardEvent): Pressed | undefined {
  const card = open.scene.plugs.get(port.card.id);
  if (!card) return { place: ON_NODES };
  const to = (socket: Socket | undefined): Pressed => {
    const next = socket ? { card, socket } : { ...port, card };
    return { place: { at: 'ports', port: next }, say: portWords(next, open) };
  };
  const here = sideOf(card, port.socket.side);
  const at = here.findIndex((socket) => socket.name === port.socket.name && socket.inner === port.socket.inner);
  switch (event.key) {
    case 'ArrowUp': return to(here[Math.max(0, at - 1)]);
    case 'ArrowDown': return to(here[Math.min(here.length - 1, at + 1)]);
    case 'ArrowLeft': return to(sideOf(card, 'in')[0]);
    case 'ArrowRight': return to(sideOf(card, 'out')[0]);
    case 'Escape': return { place: ON_NODES, say: cardWords(card) };
    case 'Enter': {
      if (open.isReadOnly) return undefined;
      const ends = possibleEnds(open, port);
      const [first] = ends;
      if (!first) return { place: { at: 'ports', port }, say: 'Nothing in this flow fits this port' };
      return { place: { at: 'wire', from: port, ends, chosen: 0 }, say: `${count(ends.length, 'port')} fit. ${first.card.shape.title}, ${first.socket.name}` };
    }
    case 'Delete': case 'Backspace': {
      if (open.isReadOnly) return undefined;
      const wires = wiresAt(open.scene, card.id, port.socket);
      const last = wires.at(-1);
      if (!last) return { place: { at: 'ports', port }, say: 'No wire here' };
      open.edit('Delete a wire', disconnect(open.flow, new Set([last.id])));
      return { place: { at: 'ports', port }, say: `Wire to ${last.from === card.id ? last.to : last.from} deleted` };
    }
    default: return undefined;
  }
}

function drawing(open: OpenFlow, place: Extract<KeyPlace, { at: 'wire' }>, event: KeyboardEvent): Pressed | undefined {
  const { from, ends, chosen } = place;
  const go = (by: number): Pressed => {
    const next = (chosen + by + ends.length) % ends.length;
    const other = ends[next];
    if (other) reveal(open, [other.card.id]);
    return { place: { ...place, chosen: next }, ...(other && { say: `${other.card.shape.title}, ${other.socket.name}, ${other.socket.type}` }) };
  };
  switch (event.key) {
    case 'ArrowDown': case 'ArrowRight': return go(1);
    case 'ArrowUp': case 'ArrowLeft': return go(-1);
    case 'Escape': return { place: { at: 'ports', port: from }, say: 'No wire drawn' };
    case 'Enter': {
      const other = ends[chosen];
      if (!other) return { place: ON_NODES };
      if (from.socket.side === 'out') wire(open, from, other);
      else wire(open, other, from);
      return { place: { at: 'ports', port: from }, say: `Wired to ${other.card.shape.title}, ${other.socket.name}` };
    }
    default: return undefined;
  }
}

export function pressed(open: OpenFlow, place: KeyPlace, event: KeyboardEvent): Pressed | undefined {
  if (place.at !== 'nodes' && (event.ctrlKey || event.metaKey)) return undefined;
  if (place.at === 'ports') return inPorts(open, place.port, event);
  if (place.at === 'wire') return drawing(open, place, event);
  return onNodes(open, event);
}
