// How large a card is and where its ports sit. Nothing is measured in the page: what is drawn near, far and in tests agrees.

import type { Effect, Port, Ports } from '../api/types';
import type { FlowNode, Point, Rect } from '../document/flow';

export const CARD_WIDTH = 220;
export const HEAD = 34;
/** What it does in words takes one line, or two. */
const SAYS = 22;
const SAYS_LINE = 17;
const SAYS_LETTERS = 33;
export const ROW = 21;
const PORTS_PAD = 5;
const BORDER = 1;
/** The line of the last value, under the ports of a card whose run is shown. */
export const LAST = 27;

/** What a card shows of a node: from its kind, or from the checks where they know more. */
export interface Shape {
  readonly title: string;
  readonly says: string;
  readonly icon: string;
  readonly effect: Effect;
  readonly ports: Ports;
  readonly isNote: boolean;
}

export interface Socket {
  readonly name: string;
  readonly type: string;
  readonly side: 'in' | 'out';
  /** From the card's corner. */
  readonly x: number;
  readonly y: number;
  readonly port: Port;
  /** A wire names it, but the node has no such port. */
  readonly missing: boolean;
}

export interface Card extends Rect {
  readonly id: string;
  readonly node: FlowNode;
  readonly shape: Shape;
  readonly inputs: readonly Socket[];
  readonly outputs: readonly Socket[];
  /** How many lines its words take. */
  readonly lines: 1 | 2;
  /** Every node has this output; it stands at the head, and is drawn where it is wired or the card is chosen. */
  readonly error: Socket | undefined;
}

export const ERROR = 'error';
const NO_PORT = { required: false, many: true, help: '' };

function sockets(ports: readonly Port[], side: 'in' | 'out', wired: ReadonlySet<string>, head: number): Socket[] {
  const known = new Set(ports.map((port) => port.name));
  const lost = [...wired].filter((name) => !known.has(name) && !(side === 'out' && name === ERROR));
  const rows = [...ports.map((port) => ({ port, missing: false })), ...lost.map((name) => ({ port: { name, type: 'any', ...NO_PORT }, missing: true }))];
  const first = head + BORDER + PORTS_PAD + ROW / 2;
  return rows.map(({ port, missing }, row) => ({
    name: port.name, type: port.type, side, x: side === 'in' ? 0 : CARD_WIDTH, y: first + row * ROW, port, missing,
  }));
}

const NOTE_LINE = 18;
const NOTE_LETTERS = 33;

/** About how many lines a note's text takes; a long one is scrolled in its card. */
function noteHeight(text: string): number {
  const lines = text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / NOTE_LETTERS)), 0);
  return 20 + NOTE_LINE * Math.min(14, Math.max(2, lines));
}

const NONE: ReadonlySet<string> = new Set();

export interface Wired {
  readonly inputs: ReadonlySet<string>;
  readonly outputs: ReadonlySet<string>;
}

/** The card of a node at a place. */
export function cardOf(node: FlowNode, at: Point, shape: Shape, wired?: Wired): Card {
  const base = { id: node.id, node, shape, x: at.x, y: at.y, width: CARD_WIDTH };
  if (shape.isNote) return { ...base, height: noteHeight(String(node.config.text ?? '')), lines: 1, inputs: [], outputs: [], error: undefined };
  const lines = !node.bypass && shape.says.length > SAYS_LETTERS ? 2 : 1;
  const head = HEAD + SAYS + (lines - 1) * SAYS_LINE;
  const inputs = sockets(shape.ports.inputs, 'in', wired?.inputs ?? NONE, head);
  const outputs = sockets(shape.ports.outputs.filter((port) => port.name !== ERROR), 'out', wired?.outputs ?? NONE, head);
  const rows = Math.max(inputs.length, outputs.length);
  const port = shape.ports.outputs.find(({ name }) => name === ERROR) ?? { name: ERROR, type: 'json', required: false, many: false, help: 'What went wrong, when it fails.' };
  return {
    ...base,
    lines,
    height: head + (rows > 0 ? BORDER + 2 * PORTS_PAD + rows * ROW : 0),
    inputs,
    outputs,
    error: { name: ERROR, type: port.type, side: 'out', x: CARD_WIDTH, y: HEAD / 2, port, missing: false },
  };
}

export function socketOf(card: Card, side: 'in' | 'out', name: string): Socket | undefined {
  if (side === 'in') return card.inputs.find((socket) => socket.name === name);
  return card.outputs.find((socket) => socket.name === name) ?? (name === ERROR ? card.error : undefined);
}

/** Where a socket is on the canvas. */
export const spot = (card: Card, socket: Socket): Point => ({ x: card.x + socket.x, y: card.y + socket.y });
