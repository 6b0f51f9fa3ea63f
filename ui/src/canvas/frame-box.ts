// Frames with their places. One that runs what stands in it has a head as a card has, with its ports to the outside; those to the inside
// stand on tabs at its borders.

import type { Frame, FrameKind, Rect } from '../document/flow';
import { GROUP_MARGINS, type Margins } from '../document/edit-frames';
import { isRunning } from '../document/frames';
import type { Ports } from '../api/types';
import { HEAD, LAST, NONE, type Plug, type Shape, type Socket, type Wired, errorSocket, portRows, rowsHeight, sockets } from './card';

/** The strip by which a group is taken. */
export const FRAME_TITLE = 30;
/** A tab reaches so far into the frame. */
export const TAB = 72;
export const TAB_HEIGHT = 22;
const TAB_ROW = 28;
const TABS_PAD = 14;

/** What a frame shows: from its kind, or from the checks where they know more. */
export interface FrameShape extends Shape {
  /** What it is called without a name. */
  readonly kindTitle: string;
  /** The ports that what stands in it sees. */
  readonly inner: Ports;
}

export interface FrameBox extends Plug {
  readonly frame: Frame;
  /** Whether it runs what stands in it. */
  readonly runs: boolean;
  /** How high its head is, by which it is taken. */
  readonly head: number;
  readonly shape: FrameShape;
}

const NO_PORTS: Ports = { inputs: [], outputs: [] };
const FRAME_WORDS: Record<FrameKind, string> = {
  group: 'Group', 'for-each': 'For each', repeat: 'Repeat', race: 'Race', fallback: 'Fallback', try: 'Try', strategy: 'Strategy',
};

/** The shape of a frame of which nothing more is known. */
export function plainShape(frame: Frame): FrameShape {
  const kindTitle = FRAME_WORDS[frame.kind];
  return { title: frame.name || (isRunning(frame) ? kindTitle : ''), says: '', icon: '', effect: 'pure', isNote: false, ports: NO_PORTS, inner: NO_PORTS, kindTitle };
}

/** The wired ports of a frame, to the outside and to the inside. */
export interface FrameWired {
  readonly outer: Wired;
  readonly inner: Wired;
}

const UNWIRED: FrameWired = { outer: { inputs: NONE, outputs: NONE }, inner: { inputs: NONE, outputs: NONE } };

const outerRows = ({ ports }: FrameShape, { outer }: FrameWired): number =>
  Math.max(portRows(ports.inputs, outer.inputs).length, portRows(ports.outputs, outer.outputs, (name) => name === 'error').filter(({ port }) => port.name !== 'error').length);

/** The room that a frame keeps around what stands in it. */
export function marginsOf(frame: Frame, shape: FrameShape, wired: FrameWired = UNWIRED): Margins {
  if (!isRunning(frame)) return GROUP_MARGINS;
  const side = (ports: readonly unknown[]): number => (ports.length > 0 ? TAB + 48 : 28);
  return { left: side(shape.inner.outputs), right: side(shape.inner.inputs), top: HEAD + rowsHeight(outerRows(shape, wired)) + 20, bottom: 24 + LAST };
}

/** The least size at which everything of a frame can be seen. */
export function leastSize({ runs, head, inputs, outputs }: FrameBox): { width: number; height: number } {
  if (!runs) return { width: 80, height: 60 };
  const tabs = Math.max(inputs.filter(({ inner }) => inner).length, outputs.filter(({ inner }) => inner).length);
  return { width: 300, height: head + 2 * TABS_PAD + Math.max(2, tabs) * TAB_ROW };
}

/** The size of an empty one: room for a card between its tabs. */
export const emptySize = (frame: Frame, shape: FrameShape): { width: number; height: number } => {
  const { left, top, right, bottom } = marginsOf(frame, shape);
  return { width: left + 240 + right, height: top + 120 + bottom };
};

function tabs(ports: Ports['inputs'], side: 'in' | 'out', wired: ReadonlySet<string>, head: number, width: number): Socket[] {
  return portRows(ports, wired).map(({ port, missing }, row) => ({
    name: port.name, type: port.type, side, x: side === 'out' ? TAB : width - TAB, y: head + TABS_PAD + TAB_HEIGHT / 2 + row * TAB_ROW, port, missing, inner: true,
  }));
}

/** The box of a frame at a place. */
export function frameBoxOf(frame: Frame, rect: Rect, shape: FrameShape, wired: FrameWired = UNWIRED): FrameBox {
  const base = { ...rect, id: frame.id, frame, shape };
  if (!isRunning(frame)) return { ...base, runs: false, head: FRAME_TITLE, inputs: [], outputs: [], error: undefined };
  const { width } = rect;
  const inputs = sockets(shape.ports.inputs, 'in', wired.outer.inputs, HEAD, width);
  const outputs = sockets(shape.ports.outputs.filter(({ name }) => name !== 'error'), 'out', wired.outer.outputs, HEAD, width);
  const head = HEAD + rowsHeight(Math.max(inputs.length, outputs.length));
  return {
    ...base, runs: true, head,
    inputs: [...inputs, ...tabs(shape.inner.inputs, 'in', wired.inner.inputs, head, width)],
    outputs: [...outputs, ...tabs(shape.inner.outputs, 'out', wired.inner.outputs, head, width)],
    error: errorSocket(shape.ports, width),
  };
}

/** What stands at a group's upper edge, and far out at any frame's. */
export function frameTitle({ frame, shape, runs }: FrameBox): string {
  if (!runs) return frame.name;
  return frame.name === '' ? shape.title : `${frame.name} · ${shape.kindTitle.toLowerCase()}`;
}

/** The strip or head of a frame, which is taken as a card is. */
export const headOf = (box: FrameBox): Rect => ({ x: box.x, y: box.y, width: box.width, height: box.head });
