// The canvas under the cards: draws a part again only when something in it changed, and shifts what it has when the view is panned.

import type { StepState } from '../api/types';
import type { Point, Rect } from '../document/flow';
import type { Card, Plug } from './card';
import { type Colours, typeHue } from './colours';
import { type Curve, bounds, pointOn, trace } from './curve';
import { type Face, REACH } from './face';
import { Faces, MAKE_MS } from './faces';
import { grown, overlaps } from './grid';
import type { FrameBox } from './frame-box';
import { type CardsBy, type Picture, type WireState, boxes, paint, undos, wires } from './paint';
import { type Scene, type Wire, emptyScene, undoLine, wireOf } from './scene';
import type { Size, Viewport } from './viewport';

/** What is drawn above the cards: what is chosen, pointed at, drawn or dragged right now. */
export interface Above {
  chosen: ReadonlySet<string>;
  /** Frames that are chosen: they are outlined near, too. */
  frames: ReadonlySet<string>;
  /** A frame whose size is being changed. */
  resized: { id: string; rect: Rect } | undefined;
  /** Wires that are chosen or pointed at. */
  litWires: ReadonlySet<string>;
  focus: string | undefined;
  box: Rect | undefined;
  /** A wire that is being drawn. */
  loose: { line: Curve; type: string; refused: boolean } | undefined;
}

export const NOTHING_ABOVE: Above = {
  chosen: new Set(), frames: new Set(), resized: undefined, litWires: new Set(), focus: undefined, box: undefined, loose: undefined,
};

const MOST_PARTS = 120;
/** With more cards than this a zoom first stretches the picture that is there, and draws it anew when the zoom rests. */
const MOST_ANEW = 8000;
const RESTS_AFTER_MS = 90;
const PULSE_MS = 420;

export class Layer {
  readonly #under: CanvasRenderingContext2D;
  readonly #over: CanvasRenderingContext2D;
  #size: Size = { width: 0, height: 0 };
  #ratio = 1;
  #scene: Scene = emptyScene;
  #view: Viewport = { x: 0, y: 0, zoom: 1 };
  /** The view from which it is shifted by whole pixels. */
  #from: Viewport = { x: 0, y: 0, zoom: 0 };
  #colours: Colours;
  #cards: CardsBy = 'page';
  readonly #faces: Faces;
  readonly #frameWords: (box: FrameBox) => string;
  #states: Map<string, StepState> | undefined;
  #wireStates = new Map<string, WireState>();
  #lifted: ReadonlySet<string> = new Set();
  #shift: Point = { x: 0, y: 0 };
  #above: Above = NOTHING_ABOVE;
  readonly #pulses = new Map<string, number>();
  /** Cards and wires to draw again; `everything` where that is more. */
  readonly #stale = new Set<string>();
  #everything = true;
  #aboveStale = true;
  #aboveDrawn = false;
  /** Where the view was when the picture below was drawn. */
  #drawn: Viewport | undefined;
  #frame = 0;
  #rests: ReturnType<typeof setTimeout> | undefined;
  /** How long the last frame took to draw, in milliseconds. */
  lastFrame = 0;

  constructor(under: HTMLCanvasElement, over: HTMLCanvasElement, colours: Colours, faceOf: (card: Card) => Face, frameWords: (box: FrameBox) => string = () => '') {
    const [below, above] = [under.getContext('2d', { alpha: false }), over.getContext('2d')];
    if (!below || !above) throw new Error('This window can’t draw.');
    this.#under = below;
    this.#over = above;
    this.#colours = colours;
    this.#faces = new Faces(faceOf);
    this.#frameWords = frameWords;
  }

  resize(size: Size, ratio: number): void {
    if (size.width === this.#size.width && size.height === this.#size.height && ratio === this.#ratio) return;
    this.#size = size;
    this.#ratio = ratio;
    for (const { canvas } of [this.#under, this.#over]) {
      canvas.width = Math.max(1, Math.round(size.width * ratio));
      canvas.height = Math.max(1, Math.round(size.height * ratio));
      canvas.style.width = `${size.width}px`;
      canvas.style.height = `${size.height}px`;
    }
    this.#all();
    // A resized canvas is empty; showing it so for a frame would flicker.
    this.draw();
  }

  set scene(scene: Scene) {
    this.#scene = scene;
    this.#all();
  }

  set colours(colours: Colours) {
    this.#colours = colours;
    this.#all();
  }

  set view(view: Viewport) {
    this.#view = view;
    this.#aboveStale = true;
    this.#request();
  }

  /** Who draws the cards. */
  set cards(cards: CardsBy) {
    if (this.#cards === cards) return;
    const swaps = this.#cards !== 'boxes' && cards !== 'boxes';
    this.#cards = cards;
    this.#from = this.#view;
    this.#all();
    // In the same frame as the page, or cards would be there twice, or not at all.
    if (swaps) this.draw(Infinity);
  }

  /** Cards that will be drawn here when the view begins to move. */
  warm(cards: readonly Card[]): void {
    this.#faces.warm(cards, () => ({ view: this.#shownView, ratio: this.#ratio, colours: this.#colours }));
  }

  set above(above: Above) {
    this.#above = above;
    this.#aboveStale = true;
    if (this.#cards === 'faces') this.#everything = true;
    this.#request();
  }

  /** Cards on the move, and how far they were moved. */
  lift(ids: ReadonlySet<string>, shift: Point): void {
    if (ids !== this.#lifted) this.#all();
    this.#lifted = ids;
    this.#shift = shift;
    this.#aboveStale = true;
    this.#request();
  }

  /** Shows the states of another run, or of none. */
  showRun(states: ReadonlyMap<string, StepState> | undefined, wireStates: ReadonlyMap<string, WireState>): void {
    this.#states = states && new Map(states);
    this.#wireStates = new Map(wireStates);
    this.#all();
  }

  /** States that changed; many a second cost only what they cover. */
  changeRun(states: Iterable<readonly [string, StepState]>, wireStates: Iterable<readonly [string, WireState]>): void {
    if (!this.#states) this.#states = new Map();
    for (const [id, state] of states) {
      if (this.#states.get(id) === state) continue;
      this.#states.set(id, state);
      this.#stale.add(id);
    }
    for (const [id, state] of wireStates) {
      if (this.#wireStates.get(id) === state) continue;
      this.#wireStates.set(id, state);
      this.#stale.add(id);
    }
    if (this.#stale.size > 0) this.#request();
  }

  /** A value runs along a wire, once. */
  pulse(wires: Iterable<string>, now = performance.now()): void {
    for (const id of wires) if (this.#pulses.size < 200) this.#pulses.set(id, now);
    this.#aboveStale = true;
    this.#request();
  }

  stop(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#rests);
    this.#faces.stop();
    this.#frame = -1;
  }

  #all(): void {
    this.#everything = true;
    this.#aboveStale = true;
    this.#request();
  }

  #request(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.draw());
  }

  /** The view, shifted by whole pixels only: a picture that is shifted and one drawn anew are then the same. */
  get #shownView(): Viewport {
    const { x, y, zoom } = this.#view;
    if (this.#from.zoom !== zoom) this.#from = this.#view;
    const whole = (to: number, from: number): number => from + Math.round((to - from) * this.#ratio) / this.#ratio;
    return { x: whole(x, this.#from.x), y: whole(y, this.#from.y), zoom };
  }

  get #picture(): Picture {
    return { scene: this.#scene, view: this.#shownView, colours: this.#colours, cards: this.#cards, states: this.#states, wireStates: this.#wireStates, lifted: this.#lifted, faces: this.#faces.put, frameWords: this.#frameWords };
  }

  /** Draws what is stale now, instead of in the next frame. */
  draw(makeMs = MAKE_MS): void {
    if (this.#frame < 0) return;
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    if (this.#size.width === 0) return;
    const begin = performance.now();
    const picture = this.#picture;
    const before = this.#drawn;
    this.#faces.begin({ view: picture.view, ratio: this.#ratio, colours: this.#colours }, makeMs, before !== undefined && before.zoom !== picture.view.zoom);
    if (this.#cards === 'boxes' && !this.#everything && before && before.zoom !== picture.view.zoom && this.#scene.cards.length > MOST_ANEW) this.#stretch(before, picture);
    for (const part of this.#parts(picture)) paint(this.#under, part, picture);
    this.#everything = false;
    this.#stale.clear();
    for (const id of this.#faces.later) this.#stale.add(id);
    this.#drawn = picture.view;
    if (this.#aboveStale || this.#pulses.size > 0) this.#drawAbove(picture);
    this.lastFrame = performance.now() - begin;
    if (this.#pulses.size > 0 || this.#stale.size > 0) this.#request();
  }

  /** Shows the picture at another zoom as well as it can, for a moment. */
  #stretch(before: Viewport, { view, colours }: Picture): void {
    const context = this.#under;
    const scale = view.zoom / before.zoom;
    const [x, y] = [(view.x - before.x * scale) * this.#ratio, (view.y - before.y * scale) * this.#ratio];
    const { width, height } = context.canvas;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalCompositeOperation = 'copy';
    context.drawImage(context.canvas, x, y, width * scale, height * scale);
    context.globalCompositeOperation = 'source-over';
    context.fillStyle = colours.of['bg-0'];
    const [right, bottom] = [x + width * scale, y + height * scale];
    if (x > 0) context.fillRect(0, 0, x, height);
    if (y > 0) context.fillRect(0, 0, width, y);
    if (right < width) context.fillRect(right, 0, width - right, height);
    if (bottom < height) context.fillRect(0, bottom, width, height - bottom);
    this.#drawn = view;
    clearTimeout(this.#rests);
    this.#rests = setTimeout(() => this.#all(), RESTS_AFTER_MS);
  }

  /** The rectangles to draw again, in pixels of the window. Shifts the picture where the view was panned. */
  #parts(picture: Picture): Rect[] {
    const { width, height } = this.#size;
    const whole = { x: 0, y: 0, width, height };
    const context = this.#under;
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    const before = this.#drawn;
    if (this.#everything || !before || before.zoom !== picture.view.zoom) return [whole];
    const by = (to: number, from: number): number => Math.round((to - from) * this.#ratio) / this.#ratio;
    const [dx, dy] = [by(picture.view.x, before.x), by(picture.view.y, before.y)];
    if (Math.abs(dx) >= width * 0.8 || Math.abs(dy) >= height * 0.8) return [whole];
    const parts: Rect[] = [];
    if (dx !== 0 || dy !== 0) {
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.globalCompositeOperation = 'copy';
      context.drawImage(context.canvas, Math.round(dx * this.#ratio), Math.round(dy * this.#ratio));
      context.globalCompositeOperation = 'source-over';
      context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
      if (dx !== 0) parts.push({ x: dx > 0 ? 0 : width + dx, y: 0, width: Math.abs(dx), height });
      if (dy !== 0) parts.push({ x: 0, y: dy > 0 ? 0 : height + dy, width, height: Math.abs(dy) });
    }
    const stale = this.#staleParts(picture.view).filter((part) => overlaps(part, whole));
    const covered = stale.reduce((sum, part) => sum + part.width * part.height, 0);
    if (stale.length > MOST_PARTS || covered > width * height * 0.4) return [whole];
    return [...parts, ...stale];
  }

  #staleParts({ x, y, zoom }: Viewport): Rect[] {
    if (this.#stale.size === 0) return [];
    const onScreen = (rect: Rect): Rect => {
      const [left, top] = [Math.floor(rect.x * zoom + x) - 2, Math.floor(rect.y * zoom + y) - 2];
      return { x: left, y: top, width: Math.ceil(rect.width * zoom) + 5, height: Math.ceil(rect.height * zoom) + 5 };
    };
    const parts: Rect[] = [];
    for (const id of this.#stale) {
      const card = this.#scene.byId.get(id);
      if (card) {
        if (this.#cards !== 'page') parts.push(onScreen(this.#cards === 'faces' ? grown(card, REACH) : card));
        continue;
      }
      const frame = this.#scene.frameById.get(id);
      if (frame) {
        parts.push(onScreen(grown(frame, 20 / zoom)));
        continue;
      }
      const at = id.indexOf('.');
      const wire = this.#scene.wiresOf.get(id.slice(0, at))?.find((other) => other.id === id);
      if (wire) parts.push(onScreen(grown(bounds(wire.line), 2)));
    }
    return parts;
  }

  #drawAbove(picture: Picture): void {
    const context = this.#over;
    const { width, height } = this.#size;
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    if (this.#aboveDrawn) context.clearRect(0, 0, width, height);
    this.#aboveStale = false;
    const { litWires, box, loose, resized } = this.#above;
    const { view, colours } = picture;
    const { x, y, zoom } = view;
    const drawsOutlines = this.#above.frames.size > 0 || (this.#cards === 'boxes' && (this.#above.chosen.size > 0 || this.#above.focus !== undefined));
    this.#aboveDrawn = drawsOutlines || this.#lifted.size > 0 || litWires.size > 0 || box !== undefined || resized !== undefined || loose !== undefined || this.#pulses.size > 0;
    if (!this.#aboveDrawn) return;
    if (this.#lifted.size > 0) this.#drawLifted(context, picture);
    const lit = litWires.size > 0 ? this.#wires(litWires) : [];
    for (const wire of lit) this.#stroke(context, wire.line, colours.of.accent, Math.max(2, 3 * zoom), view);
    if (drawsOutlines) this.#outlines(context, view);
    if (loose) this.#stroke(context, loose.line, loose.refused ? colours.of.danger : colours.types[typeHue(loose.type)], Math.max(1.5, 2 * zoom), view, loose.refused ? [6, 5] : []);
    if (resized) {
      context.strokeStyle = colours.of.accent;
      context.lineWidth = 1;
      context.strokeRect(resized.rect.x * zoom + x, resized.rect.y * zoom + y, resized.rect.width * zoom, resized.rect.height * zoom);
    }
    if (box) {
      context.strokeStyle = colours.of.accent;
      context.fillStyle = colours.of.accent;
      context.lineWidth = 1;
      const [left, top] = [Math.round(box.x * zoom + x) + 0.5, Math.round(box.y * zoom + y) + 0.5];
      context.globalAlpha = 0.1;
      context.fillRect(left, top, box.width * zoom, box.height * zoom);
      context.globalAlpha = 1;
      context.strokeRect(left, top, box.width * zoom, box.height * zoom);
    }
    this.#drawPulses(context, view);
  }

  /** Cards that are dragged, where the canvas draws cards, and their wires in any case. */
  #drawLifted(context: CanvasRenderingContext2D, picture: Picture): void {
    const moved = new Map<string, Plug>();
    const list: Card[] = [];
    const shifted = <P extends Plug>(plug: P): P => ({ ...plug, x: plug.x + this.#shift.x, y: plug.y + this.#shift.y });
    const frames: FrameBox[] = [];
    for (const id of this.#lifted) {
      const [card, frame] = [this.#scene.byId.get(id), this.#scene.frameById.get(id)];
      const at = card ? shifted(card) : frame && shifted(frame);
      if (!at) continue;
      moved.set(id, at);
      if ('node' in at) list.push(at);
      else frames.push(at);
    }
    const plugs = { get: (id: string): Plug | undefined => moved.get(id) ?? this.#scene.plugs.get(id) };
    const seen = new Set<string>();
    const theirs = [...moved.keys()].flatMap((id) => this.#scene.wiresOf.get(id) ?? []).flatMap((wire) => {
      if (seen.has(wire.id)) return [];
      seen.add(wire.id);
      return wireOf(wire.edge, plugs, wire.inner) ?? [];
    });
    const still = { ...picture, lifted: new Set<string>() };
    for (const box of frames) {
      context.strokeStyle = picture.colours.of['line-2'];
      context.lineWidth = 1;
      const { x, y, zoom } = picture.view;
      context.strokeRect(box.x * zoom + x, box.y * zoom + y, box.width * zoom, box.height * zoom);
    }
    undos(context, this.#scene.undos.flatMap((undo) => {
      const [from, to] = [plugs.get(undo.from), plugs.get(undo.to)];
      return from && to && (moved.has(undo.from) || moved.has(undo.to)) ? [{ ...undo, line: undoLine(from, to) }] : [];
    }), still);
    wires(context, theirs, still);
    if (this.#cards !== 'page') boxes(context, list, still);
  }

  #wires(ids: ReadonlySet<string>): Wire[] {
    return [...ids].flatMap((id) => this.#scene.wiresOf.get(id.slice(0, id.indexOf('.')))?.find((wire) => wire.id === id) ?? []);
  }

  #outlines(context: CanvasRenderingContext2D, { x, y, zoom }: Viewport): void {
    context.strokeStyle = this.#colours.of.accent;
    const { focus, frames } = this.#above;
    const chosen = this.#cards === 'boxes' ? this.#above.chosen : frames;
    const outline = (id: string, lineWidth: number): void => {
      const card = this.#scene.plugs.get(id);
      if (!card) return;
      const lifted = this.#lifted.has(id);
      const [left, top] = [card.x + (lifted ? this.#shift.x : 0), card.y + (lifted ? this.#shift.y : 0)];
      context.lineWidth = lineWidth;
      context.strokeRect(left * zoom + x - 3, top * zoom + y - 3, card.width * zoom + 6, card.height * zoom + 6);
    };
    for (const id of chosen) outline(id, 2);
    if (this.#cards === 'boxes' && focus !== undefined && !chosen.has(focus)) outline(focus, 1);
  }

  #stroke(context: CanvasRenderingContext2D, line: Curve, colour: string, width: number, { x, y, zoom }: Viewport, dash: number[] = []): void {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash);
    context.beginPath();
    trace(context, line, x, y, zoom);
    context.stroke();
    context.setLineDash([]);
  }

  #drawPulses(context: CanvasRenderingContext2D, { x, y, zoom }: Viewport): void {
    const now = performance.now();
    for (const [id, begun] of this.#pulses) {
      const share = (now - begun) / PULSE_MS;
      const [wire] = this.#wires(new Set([id]));
      if (!wire || share >= 1) {
        this.#pulses.delete(id);
        // One more frame takes the last picture of it away.
        this.#aboveStale = true;
        continue;
      }
      const at = pointOn(wire.line, Math.max(0, share));
      context.fillStyle = this.#colours.types[typeHue(wire.type)];
      context.beginPath();
      context.arc(at.x * zoom + x, at.y * zoom + y, Math.max(2, 5 * zoom), 0, 7);
      context.fill();
    }
    if (this.#aboveStale) this.#request();
  }
}

