// Draws a card as the page shows it near. While the view moves it stands for the card in the page, so that the two look the same.

import type { StepState } from '../api/types';
import { type Card, HEAD, LAST, type Socket } from './card';
import { type Colours, typeHue } from './colours';

type Context = CanvasRenderingContext2D;
type Tone = 'text-2' | 'text-3' | 'accent' | 'ok' | 'warn' | 'danger' | 'ask' | 'money';

/** A sign at the right of a card's head. */
export interface Sign {
  readonly icon: Path2D;
  readonly tone: Tone;
}

/** What a card shows besides its node and ports. Icons are drawn in a box of 24. */
export interface Face {
  readonly icon: Path2D;
  readonly state: StepState | undefined;
  /** The colour of its left edge, where its state has one. */
  readonly tone: Tone | undefined;
  readonly sign: Sign | undefined;
  /** Shown where it touches something outside. */
  readonly seal: Path2D | undefined;
  readonly elapsed: string;
  readonly last: string | undefined;
  readonly chosen: boolean;
  readonly lead: boolean;
  /** A problem makes its edge red. */
  readonly faulty: boolean;
  readonly showsError: boolean;
  /** Whether a wire is at a socket. */
  readonly isWired: (socket: Socket) => boolean;
}

/** What of a face can change while its card stays. */
export const faceKey = (card: Card, face: Face): string => [
  face.state, face.tone, face.sign?.tone, face.elapsed, face.last, face.chosen, face.lead, face.faulty, face.showsError,
  ...[...card.inputs, ...card.outputs].map((socket) => Number(face.isWired(socket))),
].join('\u0000');

/** How far shadows and outlines reach around a card, in its own pixels. */
export const REACH = 34;
/** Below this zoom the small words go. */
export const TERSE_BELOW = 0.66;

/** The sizes of words on cards: none is smaller than 11 px on the screen. */
export function wordSizes(zoom: number): { title: number; small: number } {
  const least = Math.round(1100 / Math.max(0.4, zoom)) / 100;
  return { title: Math.max(13, least), small: Math.max(12, least) };
}

/** How opaque a card is as a whole. */
export const opacityOf = (card: Card, face: Face): number => (card.node.bypass === true || face.state === 'skipped' ? 0.62 : 1);

/** How high a card is with all that it shows. */
export const heightOf = (card: Card, face: Face): number => card.height + (face.last === undefined || card.shape.isNote ? 0 : LAST);

export const castsShadow = (card: Card): boolean => card.node.bypass !== true && !card.shape.isNote;

/** Draws what a card of a size casts, its corner at the context's origin, at a scale that the context has already. */
export function drawShadow(context: Context, { width }: Card, height: number, { shadows, radius }: Colours, scale: number): void {
  for (const { x, y, blur, spread, colour } of shadows.toReversed()) {
    context.save();
    context.beginPath();
    context.roundRect(-spread, -spread, width + 2 * spread, height + 2 * spread, radius + spread);
    if (blur === 0 && x === 0 && y === 0) context.fillStyle = colour;
    else {
      // These three know nothing of the scale.
      [context.shadowBlur, context.shadowOffsetX, context.shadowOffsetY] = [blur * scale, x * scale, y * scale];
      context.shadowColor = colour;
      context.fillStyle = '#000';
    }
    context.fill();
    context.restore();
  }
}

/** Draws a card without its shadow, its corner at the context's origin, at a scale that the context has already. */
export function drawFace(context: Context, card: Card, face: Face, colours: Colours, zoom: number): void {
  const { of } = colours;
  const { width } = card;
  const isNote = card.shape.isNote;
  const bypass = card.node.bypass === true;
  const height = heightOf(card, face);
  const round = (grow: number): void => {
    context.beginPath();
    context.roundRect(-grow, -grow, width + 2 * grow, height + 2 * grow, colours.radius + grow);
  };
  context.save();
  if (!bypass) {
    round(1);
    context.fillStyle = isNote ? mixed(of.warn, 35, of.line) : face.state === 'asking' ? of.ask : face.state === 'failed' ? of.danger : of['line-2'];
    context.fill();
  }
  round(0);
  context.fillStyle = of['bg-2'];
  context.fill();
  if (isNote) {
    context.fillStyle = mixed(of.warn, 9, of['bg-2']);
    context.fill();
    noteWords(context, card, colours, zoom);
  } else {
    context.fillStyle = face.faulty ? of.danger : face.tone ? of[face.tone] : of['line-2'];
    context.beginPath();
    context.roundRect(-1, -1, 3, height + 2, [3, 0, 0, 3]);
    context.fill();
    head(context, card, face, colours, zoom);
    if (zoom >= TERSE_BELOW) says(context, card, colours, zoom);
    ports(context, card, face, colours, zoom);
    if (face.last !== undefined) last(context, card, face.last, colours, zoom);
  }
  if (face.chosen || face.lead) {
    const line = face.chosen ? 2 : 1;
    context.strokeStyle = face.chosen ? of.accent : mixed(of.accent, 55, 'transparent');
    context.lineWidth = line;
    round(2 + line / 2);
    context.stroke();
  } else if (bypass) {
    context.strokeStyle = of['line-2'];
    context.lineWidth = 1;
    context.setLineDash([3, 3]);
    round(0.5);
    context.stroke();
  }
  context.restore();
}

const mixed = (colour: string, percent: number, other: string): string => `color-mix(in oklch, ${colour} ${percent}%, ${other})`;

interface Line {
  x: number;
  middle: number;
  room: number;
  /** As in a style; usually what the font itself takes. */
  height?: number;
  align?: 'left' | 'right';
}

/** Writes one line where a page would, cut where it has no room. Gives how wide it is. */
function line(context: Context, text: string, { x, middle, room, height, align }: Line): number {
  const shown = fitting(context, text, room);
  const metrics = context.measureText(shown);
  // Pages round these to whole pixels, and where the line begins down to one.
  const [up, down] = [Math.round(metrics.fontBoundingBoxAscent), Math.round(metrics.fontBoundingBoxDescent)];
  const high = height ?? up + down;
  context.textBaseline = 'alphabetic';
  context.fillText(shown, align === 'right' ? x - metrics.width : x, Math.floor(middle - high / 2) + Math.floor((high - up - down) / 2) + up);
  return metrics.width;
}

/** As much of a text as has room, with an ellipsis where that isn't all. */
function fitting(context: Context, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let [least, most] = [0, text.length];
  while (least < most) {
    const half = Math.ceil((least + most) / 2);
    if (context.measureText(`${text.slice(0, half)}…`).width <= room) least = half;
    else most = half - 1;
  }
  return `${text.slice(0, least)}…`;
}

function icon(context: Context, path: Path2D, x: number, y: number, size: number, colour: string): void {
  context.save();
  context.translate(x, y);
  context.scale(size / 24, size / 24);
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.lineCap = 'round';
  context.lineJoin = 'round';
  context.stroke(path);
  context.restore();
}

/** The middle of the head's content, which stands under two pixels of air. */
const HEAD_MIDDLE = (HEAD + 2) / 2;
const SIGN = 14;
const GAP = 8;

function head(context: Context, card: Card, face: Face, { of, font }: Colours, zoom: number): void {
  const { title, small } = wordSizes(zoom);
  icon(context, face.icon, 12, HEAD_MIDDLE - 8, 16, of['text-2']);
  let right = card.width - 14;
  if (face.seal) {
    icon(context, face.seal, right - SIGN, HEAD_MIDDLE - SIGN / 2, SIGN, of.money);
    right -= SIGN + GAP;
  }
  if (face.sign) {
    const colour = of[face.sign.tone];
    if (face.elapsed !== '') {
      context.font = `500 ${small}px ${font}`;
      context.fillStyle = colour;
      right -= line(context, face.elapsed, { x: right, middle: HEAD_MIDDLE, room: Infinity, align: 'right' }) + 4;
    }
    icon(context, face.sign.icon, right - SIGN, HEAD_MIDDLE - SIGN / 2, SIGN, colour);
    right -= SIGN + GAP;
  }
  context.font = `550 ${title}px ${font}`;
  context.fillStyle = of['text-1'];
  line(context, card.shape.title, { x: 36, middle: HEAD_MIDDLE, room: right - 36, height: 1.15 * title });
}

const SAYS_LINE = 17;

function says(context: Context, card: Card, { of, font }: Colours, zoom: number): void {
  context.font = `400 ${wordSizes(zoom).small}px ${font}`;
  context.fillStyle = of['text-2'];
  const text = card.node.bypass ? 'Left out: what comes in goes on' : card.shape.says;
  const room = card.width - 22;
  const lines = card.lines === 2 ? clamped(wrapped(context, text, room, 3)) : [text];
  lines.forEach((words, at) => line(context, words, { x: 12, middle: HEAD + SAYS_LINE * (at + 0.5), room, height: SAYS_LINE }));
}

/** Two lines; an ellipsis stands for more. */
const clamped = ([first = '', second, third]: readonly string[]): string[] => [first, ...(second === undefined ? [] : [third === undefined ? second : `${second}…`])];

/** Words in lines; the last line takes what is left. */
function wrapped(context: Context, text: string, room: number, most: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (lines.length < most - 1 && context.measureText(rest).width > room) {
    let end = rest.length;
    while (end > 0 && context.measureText(rest.slice(0, end).trimEnd()).width > room) {
      const space = rest.lastIndexOf(' ', end - 1);
      end = space > 0 ? space : end - 1;
    }
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}

function ports(context: Context, card: Card, face: Face, colours: Colours, zoom: number): void {
  const { of, font } = colours;
  const first = card.inputs[0] ?? card.outputs[0];
  if (first) {
    context.fillStyle = of.line;
    context.fillRect(0, first.y - 16.5, card.width, 1);
  }
  const rows = Math.max(card.inputs.length, card.outputs.length);
  const { small } = wordSizes(zoom);
  context.font = `400 ${small}px ${font}`;
  for (let row = 0; zoom >= TERSE_BELOW && row < rows; row += 1) {
    const [input, output] = [card.inputs[row], card.outputs[row]];
    const [left, right] = [input ? context.measureText(input.name).width : 0, output ? context.measureText(output.name).width : 0];
    const room = card.width - 24 - GAP * (input && output ? 2 : 1);
    const share = Math.min(1, room / Math.max(1, left + right));
    context.fillStyle = of['text-2'];
    if (input) line(context, input.name, { x: 12, middle: input.y, room: left * share + 0.01, height: small });
    if (output) line(context, output.name, { x: card.width - 12, middle: output.y, room: right * share + 0.01, height: small, align: 'right' });
  }
  for (const socket of [...card.inputs, ...card.outputs]) dot(context, socket, socket.missing ? of.danger : colours.types[typeHue(socket.type)], face, colours);
  if (card.error && face.showsError) dot(context, card.error, of.danger, face, colours);
}

function dot(context: Context, socket: Socket, colour: string, face: Face, { of }: Colours): void {
  const wired = face.isWired(socket);
  const disc = (radius: number, fill: string): void => {
    context.fillStyle = fill;
    context.beginPath();
    // Its box of nine pixels begins on a whole one.
    context.arc(socket.x + 0.5, socket.y, radius, 0, 7);
    context.fill();
  };
  disc(5.5, colour);
  disc(4.5, of['bg-2']);
  if (wired) disc(2.5, colour);
  else if (socket.port.required) disc(2.5, mixed(colour, 45, of['bg-2']));
}

function last(context: Context, card: Card, text: string, { of, mono, radius }: Colours, zoom: number): void {
  context.fillStyle = of['bg-1'];
  context.beginPath();
  context.roundRect(0, card.height, card.width, LAST, [0, 0, radius, radius]);
  context.fill();
  context.fillStyle = of.line;
  context.fillRect(0, card.height, card.width, 1);
  if (zoom < TERSE_BELOW) return;
  context.font = `400 ${wordSizes(zoom).small}px ${mono}`;
  context.fillStyle = of['text-2'];
  line(context, text, { x: 12, middle: card.height + 14, room: card.width - 22, height: 16 });
}

function noteWords(context: Context, card: Card, { of, font }: Colours, zoom: number): void {
  const { small } = wordSizes(zoom);
  context.font = `400 ${small}px ${font}`;
  context.fillStyle = of['text-2'];
  context.beginPath();
  context.rect(0, 0, card.width, card.height);
  context.clip();
  const step = small * 1.4;
  const room = card.width - 24;
  const text = String(card.node.config.text ?? '') || 'An empty note';
  const most = Math.ceil(card.height / step);
  const lines = text.split('\n').flatMap((words) => wrapped(context, words, room, most)).slice(0, most);
  lines.forEach((words, at) => line(context, words, { x: 12, middle: 10 + step * (at + 0.5), room: Infinity, height: step }));
}
