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
  /** At the inner side of a frame, for what stands in it. */
  readonly inner: boolean;
}

/** What wires begin and end at: a card, or a frame that runs what stands in it. */
export interface Plug extends Rect {
  readonly id: string;
  readonly shape: Shape;
  readonly inputs: readonly Socket[];
  readonly outputs: readonly Socket[];
  /** Each has this output; it stands at the head, and is drawn where it is wired or its card is chosen. */
  readonly error: Socket | undefined;
}

export interface Card extends Plug {
  readonly node: FlowNode;
  /** How many lines its words take. */
  readonly lines: 1 | 2;
}

export const ERROR = 'error';
const NO_PORT = { required: false, many: true, help: '' };

/** The ports that are there, and those that only a wire names. */
export function portRows(ports: readonly Port[], wired: ReadonlySet<string>, skips: (name: string) => boolean = () => false): { port: Port; missing: boolean }[] {
  const known = new Set(ports.map((port) => port.name));
  const lost = [...wired].filter((name) => !known.has(name) && !skips(name));
  return [...ports.map((port) => ({ port, missing: false })), ...lost.map((name) => ({ port: { name, type: 'any', ...NO_PORT }, missing: true }))];
}

/** Sockets in rows under a head of this height. */
export function sockets(ports: readonly Port[], side: 'in' | 'out', wired: ReadonlySet<string>, head: number, width: number): Socket[] {
  const first = head + BORDER + PORTS_PAD + ROW / 2;
  return portRows(ports, wired, (name) => side === 'out' && name === ERROR).map(({ port, missing }, row) => ({
    name: port.name, type: port.type, side, x: side === 'in' ? 0 : width, y: first + row * ROW, port, missing, inner: false,
  }));
}

/** How high the rows of ports are. */
export const rowsHeight = (rows: number): number => (rows > 0 ? BORDER + 2 * PORTS_PAD + rows * ROW : 0);

/** The error output, at the head. */
export function errorSocket(ports: Ports, width: number): Socket {
  const port = ports.outputs.find(({ name }) => name === ERROR) ?? { name: ERROR, type: 'json', required: false, many: false, help: 'What went wrong, when it fails.' };
  return { name: ERROR, type: port.type, side: 'out', x: width, y: HEAD / 2, port, missing: false, inner: false };
}

const NOTE_LINE = 18;
const NOTE_LETTERS = 33;

/** About how many lines a note's text takes; a long one is scrolled in its card. */
function noteHeight(text: string): number {
  const lines = text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / NOTE_LETTERS)), 0);
  return 20 + NOTE_LINE * Math.min(14, Math.max(2, lines));
}

export const NONE: ReadonlySet<string> = new Set();

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
  const inputs = sockets(shape.ports.inputs, 'in', wired?.inputs ?? NONE, head, CARD_WIDTH);
  const outputs = sockets(shape.ports.outputs.filter((port) => port.name !== ERROR), 'out', wired?.outputs ?? NONE, head, CARD_WIDTH);
  const rows = Math.max(inputs.length, outputs.length);
  return { ...base, lines, height: head + rowsHeight(rows), inputs, outputs, error: errorSocket(shape.ports, CARD_WIDTH) };
}

export function socketOf({ inputs, outputs, error }: Plug, side: 'in' | 'out', name: string, inner = false): Socket | undefined {
  const found = (side === 'in' ? inputs : outputs).find((socket) => socket.name === name && socket.inner === inner);
  return found ?? (side === 'out' && name === ERROR && !inner ? error : undefined);
}

/** Where a socket is on the canvas. */
export const spot = (card: Plug, socket: Socket): Point => ({ x: card.x + socket.x, y: card.y + socket.y });
