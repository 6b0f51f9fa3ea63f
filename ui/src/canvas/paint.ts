// Draws a part of a scene. What shares a colour is drawn in one go; nothing is saved and restored for a single card.

import type { StepState } from '../api/types';
import type { Rect } from '../document/flow';
import { type Card, HEAD } from './card';
import { type Colours, type TypeHue, stateColour, typeHue } from './colours';
import { bounds, trace } from './curve';
import { REACH } from './face';
import { type FrameBox, TAB, TAB_HEIGHT, frameTitle } from './frame-box';
import { traceGlyph } from './glyphs';
import { grown, overlaps } from './grid';
import type { Scene, Undo, Wire } from './scene';
import type { Viewport } from './viewport';

export type WireState = 'taken' | 'skipped';

/** Who draws the cards: the page above, or the canvas, as boxes or as the page shows them. */
export type CardsBy = 'page' | 'boxes' | 'faces';

export interface Picture {
  readonly scene: Scene;
  readonly view: Viewport;
  readonly colours: Colours;
  readonly cards: CardsBy;
  /** Draws cards as the page shows them. */
  readonly faces: (context: Context, list: readonly Card[], picture: Picture) => void;
  /** What a frame says at its head while the canvas draws it. */
  readonly frameWords: (box: FrameBox) => string;
  /** The states of a run that is shown; `undefined` where none is. */
  readonly states: ReadonlyMap<string, StepState> | undefined;
  readonly wireStates: ReadonlyMap<string, WireState>;
  /** Cards that are on the move and are drawn above. */
  readonly lifted: ReadonlySet<string>;
}

type Context = CanvasRenderingContext2D;

/** From here on, wires are curves; further out the eye can't tell. */
const CURVES_FROM = 0.16;
const BOXES_FROM = 0.15;
const TITLE_FROM_WIDTH = 52;
const LEAST_TEXT = 11;
const DOTS_FROM = 0.35;

/** Draws what lies in a rectangle of the window, in its pixels. */
export function paint(context: Context, part: Rect, picture: Picture): void {
  const { scene, view, colours } = picture;
  context.save();
  context.beginPath();
  context.rect(part.x, part.y, part.width, part.height);
  context.clip();
  context.fillStyle = colours.of['bg-0'];
  context.fillRect(part.x, part.y, part.width, part.height);
  if (view.zoom >= DOTS_FROM) dots(context, part, picture);
  // What only reaches in with its border or shadow is drawn, too.
  const area: Rect = {
    x: (part.x - view.x) / view.zoom - 4 / view.zoom, y: (part.y - view.y) / view.zoom - 4 / view.zoom,
    width: (part.width + 8) / view.zoom, height: (part.height + 8) / view.zoom,
  };
  frames(context, scene.frames.filter((box) => overlaps(box, area)), picture);
  undos(context, scene.undos.filter(({ line }) => overlaps(bounds(line), area)), picture);
  wires(context, scene.wireGrid.touching(area).flatMap((index) => scene.wires[index] ?? []), picture);
  if (picture.cards !== 'page') {
    const around = picture.cards === 'faces' ? grown(area, REACH) : area;
    const list = scene.cardGrid.touching(around).flatMap((index) => scene.cards[index] ?? []);
    if (picture.cards === 'faces') picture.faces(context, list, picture);
    else cards(context, list, picture);
  }
  context.restore();
}

interface DotRow {
  step: number;
  ratio: number;
  colour: string;
  canvas: HTMLCanvasElement;
}

let dotRow: DotRow | undefined;

/** One row of dots, drawn once for a zoom: a row is then one picture instead of a hundred squares. */
function rowOfDots(step: number, ratio: number, width: number, colour: string): HTMLCanvasElement {
  if (dotRow?.step === step && dotRow.ratio === ratio && dotRow.colour === colour && dotRow.canvas.width >= width * ratio) return dotRow.canvas;
  const canvas = document.createElement('canvas');
  const size = step > 15 ? 1.5 : 1;
  canvas.width = Math.ceil((width + 2 * step) * ratio);
  canvas.height = Math.ceil(size * ratio);
  const context = canvas.getContext('2d');
  if (context) {
    context.scale(ratio, ratio);
    context.fillStyle = colour;
    for (let x = 0; x < width + 2 * step; x += step) context.fillRect(Math.round(x * ratio) / ratio, 0, size, size);
  }
  dotRow = { step, ratio, colour, canvas };
  return canvas;
}

function dots(context: Context, part: Rect, { view, colours }: Picture): void {
  let step = 20 * view.zoom;
  while (step < 14) step *= 2;
  const ratio = context.getTransform().a;
  const width = context.canvas.width / ratio;
  const row = rowOfDots(step, ratio, width, colours.of.line);
  const first = (origin: number): number => (((origin % step) + step) % step) - step;
  const left = Math.round(first(view.x) * ratio) / ratio;
  const top = first(view.y);
  for (let y = top + Math.max(0, Math.floor((part.y - top) / step)) * step; y <= part.y + part.height; y += step) {
    context.drawImage(row, left, Math.round(y * ratio) / ratio, row.width / ratio, row.height / ratio);
  }
}

function frames(context: Context, boxes: readonly FrameBox[], picture: Picture): void {
  const { view, colours, lifted } = picture;
  const { x, y, zoom } = view;
  context.lineWidth = 1;
  for (const box of boxes) {
    if (lifted.has(box.id)) continue;
    if (box.runs) {
      runningFrame(context, box, picture);
      continue;
    }
    context.beginPath();
    context.roundRect(box.x * zoom + x, box.y * zoom + y, box.width * zoom, box.height * zoom, Math.min(10, 10 * zoom + 1));
    context.globalAlpha = 0.35;
    context.fillStyle = colours.of['bg-2'];
    context.fill();
    context.globalAlpha = 1;
    context.strokeStyle = colours.of['line-2'];
    context.stroke();
    const size = Math.max(LEAST_TEXT, 12 * zoom);
    const title = frameTitle(box);
    if (title === '' || box.width * zoom < 60) continue;
    context.font = `500 ${size}px ${colours.font}`;
    context.textBaseline = 'alphabetic';
    context.fillStyle = colours.of['text-2'];
    context.fillText(cut(context, title, box.width * zoom - 20), box.x * zoom + x + 12 * Math.max(zoom, 0.5), box.y * zoom + y + Math.max(14, 22 * zoom));
  }
}

/** A frame that runs what stands in it: its body, and a head with an edge in the colour of its state. Near, the page writes on it. */
function runningFrame(context: Context, box: FrameBox, { view, colours, states, cards: drawnBy, frameWords }: Picture): void {
  const { x, y, zoom } = view;
  const { of } = colours;
  const [left, top, width, height, head] = [box.x * zoom + x, box.y * zoom + y, box.width * zoom, box.height * zoom, box.head * zoom];
  const radius = Math.min(8, 8 * zoom + 1);
  const state = states?.get(box.id);
  context.globalAlpha = 0.55;
  context.fillStyle = of['bg-1'];
  context.beginPath();
  context.roundRect(left, top, width, height, radius);
  context.fill();
  context.globalAlpha = 1;
  context.fillStyle = of['bg-2'];
  context.beginPath();
  context.roundRect(left, top, width, Math.min(head, height), [radius, radius, 0, 0]);
  context.fill();
  context.strokeStyle = state === 'asking' ? of.ask : state === 'failed' ? of.danger : of['line-2'];
  context.beginPath();
  context.roundRect(left, top, width, height, radius);
  context.moveTo(left, top + head);
  context.lineTo(left + width, top + head);
  context.stroke();
  context.fillStyle = stateColour(colours, state);
  context.fillRect(left - 1, top + radius / 2, Math.max(2, 3 * zoom), Math.max(2, head - radius / 2));
  if (drawnBy !== 'boxes') return;
  if (zoom >= 0.25) tabs(context, box, view, colours);
  if (width < TITLE_FROM_WIDTH) return;
  const size = Math.max(LEAST_TEXT, 13 * zoom);
  // Where the head is lower than a line of words, the title stands above it, and that of a small frame nowhere.
  const isLow = head < size + 4;
  if (isLow && width < 80) return;
  const middle = isLow ? top - size * 0.75 : top + Math.min(head, HEAD * zoom + 6) / 2;
  const room = width - 12;
  context.textBaseline = 'middle';
  context.font = `550 ${size}px ${colours.font}`;
  context.fillStyle = of['text-1'];
  const title = cut(context, frameTitle(box), room);
  context.fillText(title, left + 7, middle);
  const rest = room - context.measureText(title).width - 12;
  const words = frameWords(box);
  if (words === '' || rest < 40 || isLow) return;
  context.font = `400 ${LEAST_TEXT}px ${colours.font}`;
  context.fillStyle = of['text-2'];
  context.fillText(cut(context, words, rest), left + width - rest, middle);
}

function tabs(context: Context, box: FrameBox, { x, y, zoom }: Viewport, { of }: Colours): void {
  context.fillStyle = of['bg-2'];
  context.strokeStyle = of['line-2'];
  for (const socket of [...box.inputs, ...box.outputs]) {
    if (!socket.inner) continue;
    const left = socket.side === 'out' ? box.x : box.x + socket.x;
    context.beginPath();
    context.rect(left * zoom + x, (box.y + socket.y - TAB_HEIGHT / 2) * zoom + y, TAB * zoom, TAB_HEIGHT * zoom);
    context.fill();
    context.stroke();
  }
}

/** From what was done to what takes it back: a quiet arrow, which carries nothing. */
export function undos(context: Context, list: readonly Undo[], { view, colours, lifted }: Picture): void {
  const { x, y, zoom } = view;
  if (zoom < CURVES_FROM) return;
  context.strokeStyle = context.fillStyle = colours.of['text-3'];
  context.lineWidth = Math.max(1, 1.25 * zoom);
  const size = Math.max(5, 7 * zoom);
  for (const { from, to, line } of list) {
    if (lifted.has(from) || lifted.has(to)) continue;
    context.setLineDash([5 * zoom + 1, 4 * zoom + 1]);
    context.beginPath();
    trace(context, line, x, y, zoom);
    context.stroke();
    context.setLineDash([]);
    const [tipX = 0, tipY = 0, handX = 0, handY = 0] = [line[6], line[7], line[4], line[5]];
    const angle = Math.atan2(tipY - handY, tipX - handX);
    context.beginPath();
    for (const turn of [0, 2.6, -2.6]) {
      const reach = turn === 0 ? 0 : size;
      const [px, py] = [tipX * zoom + x + reach * Math.cos(angle + turn), tipY * zoom + y + reach * Math.sin(angle + turn)];
      if (turn === 0) context.moveTo(px, py);
      else context.lineTo(px, py);
    }
    context.fill();
  }
}

/** How a wire is drawn while a run is shown: its state, or not reached. */
type Way = WireState | 'open' | 'plain';

const ALPHA: Record<Way, number> = { plain: 0.6, taken: 1, skipped: 0.45, open: 0.4 };

export function wires(context: Context, list: readonly Wire[], { view, colours, states, wireStates, lifted, scene }: Picture): void {
  const { x, y, zoom } = view;
  const groups = new Map<string, { hue: TypeHue; way: Way; wires: Wire[] }>();
  for (const wire of list) {
    if (lifted.size > 0 && (lifted.has(wire.from) || lifted.has(wire.to))) continue;
    const way: Way = states ? (wireStates.get(wire.id) ?? 'open') : 'plain';
    const hue = typeHue(wire.type);
    const group = groups.get(hue + way);
    if (group) group.wires.push(wire);
    else groups.set(hue + way, { hue, way, wires: [wire] });
  }
  context.lineWidth = Math.max(0.75, 2 * zoom);
  for (const { hue, way, wires: some } of groups.values()) {
    context.strokeStyle = colours.types[hue];
    context.globalAlpha = ALPHA[way] * (zoom < BOXES_FROM ? 0.7 : 1);
    context.setLineDash(way === 'skipped' && zoom > 0.1 ? [5 * zoom + 1, 4 * zoom + 1] : []);
    context.beginPath();
    for (const { line } of some) {
      if (zoom >= CURVES_FROM) {
        trace(context, line, x, y, zoom);
      } else {
        context.moveTo((line[0] ?? 0) * zoom + x, (line[1] ?? 0) * zoom + y);
        context.lineTo((line.at(-2) ?? 0) * zoom + x, (line.at(-1) ?? 0) * zoom + y);
      }
    }
    context.stroke();
  }
  context.setLineDash([]);
  context.globalAlpha = 1;
  if (scene.cards.length > 0 && zoom >= 0.25) arrows(context, groups.values(), view, colours);
}

/** Where a wire ends at a card that the canvas draws, a small dot stands for the socket. */
function arrows(context: Context, groups: Iterable<{ hue: TypeHue; wires: Wire[] }>, { x, y, zoom }: Viewport, colours: Colours): void {
  const size = Math.max(2, 7 * zoom);
  for (const { hue, wires: some } of groups) {
    context.fillStyle = colours.types[hue];
    for (const { line } of some) {
      context.fillRect((line[0] ?? 0) * zoom + x - size / 2, (line[1] ?? 0) * zoom + y - size / 2, size, size);
      context.fillRect((line.at(-2) ?? 0) * zoom + x - size / 2, (line.at(-1) ?? 0) * zoom + y - size / 2, size, size);
    }
  }
}

function cards(context: Context, list: readonly Card[], picture: Picture): void {
  const shown = picture.lifted.size > 0 ? list.filter((card) => !picture.lifted.has(card.id)) : list;
  if (picture.view.zoom < BOXES_FROM) marks(context, shown, picture);
  else boxes(context, shown, picture);
}

/** Far out: a mark in the colour of its state. */
function marks(context: Context, list: readonly Card[], { view, colours, states }: Picture): void {
  const { x, y, zoom } = view;
  const groups = new Map<string, Card[]>();
  for (const card of list) {
    const colour = states ? stateColour(colours, states.get(card.id)) : plainColour(card, colours);
    const group = groups.get(colour);
    if (group) group.push(card);
    else groups.set(colour, [card]);
  }
  for (const [colour, some] of groups) {
    context.fillStyle = colour;
    for (const card of some) {
      context.fillRect(card.x * zoom + x, card.y * zoom + y, Math.max(2, card.width * zoom), Math.max(2, card.height * zoom));
    }
  }
}

function plainColour(card: Card, { of }: Colours): string {
  if (card.shape.effect === 'spend' || card.shape.effect === 'write') return of.money;
  return card.shape.isNote ? of.line : of['line-2'];
}

/** Boxes with the state's edge and sign, and the title where it can be read. */
export function boxes(context: Context, list: readonly Card[], { view, colours, states }: Picture): void {
  const { x, y, zoom } = view;
  const { of } = colours;
  const edges = new Map<string, Card[]>();
  const signs = new Map<StepState | 'effect', Card[]>();
  const add = <K>(groups: Map<K, Card[]>, key: K, card: Card): void => {
    const group = groups.get(key);
    if (group) group.push(card);
    else groups.set(key, [card]);
  };
  context.fillStyle = of['line-2'];
  for (const card of list) context.fillRect(card.x * zoom + x - 1, card.y * zoom + y - 1, card.width * zoom + 2, card.height * zoom + 2);
  context.fillStyle = of['bg-2'];
  for (const card of list) {
    context.fillRect(card.x * zoom + x, card.y * zoom + y, card.width * zoom, card.height * zoom);
    const state = states?.get(card.id);
    if (state) add(edges, stateColour(colours, state), card);
    if (state && state !== 'pending') add(signs, state, card);
    else if (card.shape.effect === 'spend' || card.shape.effect === 'write') add(signs, 'effect', card);
  }
  for (const [colour, some] of edges) {
    context.fillStyle = colour;
    for (const card of some) context.fillRect(card.x * zoom + x - 1, card.y * zoom + y - 1, Math.max(2, 3 * zoom), card.height * zoom + 2);
  }
  const size = Math.max(8, 14 * zoom);
  context.lineWidth = Math.max(1.2, 1.5 * zoom);
  for (const [sign, some] of signs) {
    context.strokeStyle = sign === 'effect' ? of.money : stateColour(colours, sign);
    context.beginPath();
    for (const card of some) traceGlyph(context, sign, (card.x + card.width) * zoom + x - size - 4, card.y * zoom + y + Math.max(3, HEAD * zoom * 0.5 - size / 2), size);
    context.stroke();
  }
  if (220 * zoom >= TITLE_FROM_WIDTH) titles(context, list, view, colours, size);
}

function titles(context: Context, list: readonly Card[], { x, y, zoom }: Viewport, colours: Colours, sign: number): void {
  const size = Math.max(LEAST_TEXT, 13 * zoom);
  context.font = `550 ${size}px ${colours.font}`;
  context.textBaseline = 'middle';
  for (const skipped of [false, true]) {
    context.fillStyle = skipped ? colours.of['text-3'] : colours.of['text-1'];
    for (const card of list) {
      if ((card.node.bypass === true) !== skipped) continue;
      const text = cut(context, card.shape.isNote ? String(card.node.config.text ?? '').split('\n')[0] ?? '' : card.shape.title, card.width * zoom - sign - 14);
      context.fillText(text, card.x * zoom + x + 6, card.y * zoom + y + Math.max(size * 0.75, Math.min(card.height * zoom * 0.5, HEAD * zoom * 0.5)));
    }
  }
}

const widths = new Map<string, number>();

/** A text that fits a width, with an ellipsis where it is longer. Measured by its letters, which is exact enough and costs little. */
function cut(context: Context, text: string, width: number): string {
  let letter = widths.get(context.font);
  if (letter === undefined) {
    letter = context.measureText('The quick brown fox jumps over a lazy dog').width / 41;
    widths.set(context.font, letter);
  }
  const most = Math.floor(width / letter);
  if (text.length <= most) return text;
  return most < 2 ? '' : `${text.slice(0, most - 1)}…`;
}
