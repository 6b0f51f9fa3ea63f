// What the pointer does on the canvas: choose, box, move, wire, resize. One set of gestures over one geometry, near and far.

import type { Plug, Socket } from '../canvas/card';
import { socketOf, spot } from '../canvas/card';
import { type Curve, curve } from '../canvas/curve';
import { leastSize } from '../canvas/frame-box';
import { type Hit, aroundIds, hit, inBox, plugAt, socketNear, wireAt } from '../canvas/hit';
import type { Wire } from '../canvas/scene';
import { seen, toCanvas } from '../canvas/viewport';
import { GRID, snapped } from '../document/arrange';
import { resizeFrame, settleInFrames } from '../document/edit-frames';
import { moveBy } from '../document/edit-nodes';
import { type Point, type Rect, end, portOf } from '../document/flow';
import { isRunning, withContents } from '../document/frames';
import { type Guide, guides, pulled } from '../document/guides';
import { count } from '../words/count';
import { isLoose, placed, refusal, size, spliceCard, wire } from './actions';
import type { OpenFlow } from './open-flow.svelte';

export interface End {
  card: Plug;
  socket: Socket;
}

/** A wire on its way. */
export interface Loose {
  from: End;
  at: Point;
  over: End | undefined;
  /** Why it can't end there. */
  reason: string | undefined;
  /** The wire whose end is drawn elsewhere. */
  instead: string | undefined;
}

type Act =
  | { what: 'press'; hit: Hit; from: Point; screen: Point; adds: boolean }
  | { what: 'move'; ids: ReadonlySet<string>; lead: Point; from: Point; around: Rect; neighbours: readonly Rect[] }
  | { what: 'box'; from: Point; before: ReadonlySet<string> }
  | { what: 'wire' }
  | { what: 'resize'; id: string; from: Point; rect: Rect };

const NONE: ReadonlySet<string> = new Set();
const ZERO: Point = { x: 0, y: 0 };
const THRESHOLD = 4;
const EDGE = 36;
/** How near to a line a thing is pulled into it, in pixels of the screen. */
const PULL = 6;
/** Among more neighbours than these, lines would say nothing. */
const MOST_NEIGHBOURS = 200;
const PAN_SPEED = 14;

export interface Around {
  open: () => OpenFlow;
  /** Whether the sockets are drawn and can be taken hold of. */
  near: () => boolean;
  extra: (id: string) => number;
  /** Offers kinds for a wire that was drawn into the open, at a point of the window. */
  offer: (at: Point, loose: End, instead: string | undefined) => void;
}

export class Gestures {
  readonly #around: Around;
  #act: Act | undefined;
  /** Cards on the move. */
  lifted = $state.raw<ReadonlySet<string>>(NONE);
  shift = $state.raw<Point>(ZERO);
  box = $state.raw<Rect>();
  loose = $state.raw<Loose>();
  /** The lines in which what is dragged stands with its neighbours. */
  guides = $state.raw<readonly Guide[]>([]);
  /** The rectangle of a frame that is resized. */
  resized = $state.raw<{ id: string; rect: Rect }>();
  hoverWire = $state.raw<string>();
  hoverCard = $state.raw<string>();
  hoverSocket = $state.raw<End>();
  cursor = $state<'default' | 'pointer' | 'crosshair' | 'nwse-resize' | 'grabbing' | 'move'>('default');
  /** The wire that a dragged card would be put into. */
  target = $state.raw<Wire>();
  #last: { screen: Point; keepGrid: boolean } | undefined;
  #panning = 0;

  constructor(around: Around) {
    this.#around = around;
  }

  get isBusy(): boolean {
    return this.#act !== undefined;
  }

  /** The line of the wire on its way, in canvas pixels. */
  get looseLine(): { line: Curve; type: string; refused: boolean } | undefined {
    const { loose } = this;
    if (!loose) return undefined;
    const start = spot(loose.from.card, loose.from.socket);
    const at = loose.over ? spot(loose.over.card, loose.over.socket) : loose.at;
    const line = loose.from.socket.side === 'out' ? curve(start.x, start.y, at.x, at.y) : curve(at.x, at.y, start.x, start.y);
    return { line, type: loose.from.socket.type, refused: loose.reason !== undefined };
  }

  hitAt(screen: Point): Hit {
    const open = this.#around.open();
    return hit(open.scene, toCanvas(open.viewport, screen), {
      zoom: open.viewport.zoom,
      sockets: this.#around.near(),
      showsError: (id) => showsError(open, id, this.hoverCard),
      extra: this.#around.extra,
    });
  }

  down(screen: Point, adds: boolean): void {
    const open = this.#around.open();
    const from = toCanvas(open.viewport, screen);
    const found = this.#pressable(this.hitAt(screen));
    this.#act = { what: 'press', hit: found, from, screen, adds };
    if (found.what === 'socket') this.#beginWire(open, found, from);
    else if (found.what === 'card' || found.what === 'frame' || found.what === 'frame-corner') this.#pressThing(open, found.what === 'card' ? found.card.id : found.frame.id, adds);
    else if (found.what === 'wire') open.choose(adds ? open.chosen : [], adds ? toggled(open.chosenWires, found.wire.id) : [found.wire.id]);
  }

  /** Of a flow that is only looked at, a socket is part of its card. */
  #pressable(found: Hit): Hit {
    const { isReadOnly, scene } = this.#around.open();
    if (found.what !== 'socket' || !isReadOnly) return found;
    const [card, frame] = [scene.byId.get(found.card.id), scene.frameById.get(found.card.id)];
    return card ? { what: 'card', card } : frame ? { what: 'frame', frame } : { what: 'nothing' };
  }

  #pressThing(open: OpenFlow, id: string, adds: boolean): void {
    if (adds) open.choose(toggled(open.chosen, id), open.chosenWires);
    else if (!open.chosen.has(id)) open.choose([id]);
    if (open.flow.nodes.has(id) || isRunning(open.flow.frames.get(id))) open.lead = id;
  }

  /** A wire begins at a socket; from an input that has one, the wire's end is taken along. */
  #beginWire(open: OpenFlow, { card, socket }: End, at: Point): void {
    const wired = socket.side === 'in' && !socket.port.many ? open.scene.wiresOf.get(card.id)?.find((other) => other.edge.to === end(card.id, socket.name)) : undefined;
    const source = wired && open.scene.plugs.get(wired.from);
    const output = wired && source && socketOf(source, 'out', portOf(wired.edge.from), wired.inner.from);
    const from = source && output ? { card: source, socket: output } : { card, socket };
    this.loose = { from, at, over: undefined, reason: undefined, instead: wired && source && output ? wired.id : undefined };
    this.#act = { what: 'wire' };
    this.cursor = 'crosshair';
  }

  move(screen: Point, keepGrid: boolean): void {
    const open = this.#around.open();
    const at = toCanvas(open.viewport, screen);
    if (!this.#act) {
      this.#hover(screen);
      return;
    }
    this.#last = { screen, keepGrid };
    if (this.#act.what === 'press' && Math.hypot(screen.x - this.#act.screen.x, screen.y - this.#act.screen.y) >= THRESHOLD) this.#begin(open, this.#act);
    this.#follow(open, at, keepGrid);
    if (this.#act.what !== 'press' && this.#panning === 0) this.#pan();
  }

  #begin(open: OpenFlow, press: Extract<Act, { what: 'press' }>): void {
    const { hit: found, from, adds } = press;
    if (open.isReadOnly && found.what !== 'nothing') return;
    if (found.what === 'card' || found.what === 'frame') {
      const id = found.what === 'card' ? found.card.id : found.frame.id;
      const chosen = open.chosen.has(id) ? open.chosen : new Set([id]);
      const ids = withContents(open.flow, chosen);
      const lead = found.what === 'card' ? found.card : found.frame;
      this.#act = { what: 'move', ids, lead: { x: lead.x, y: lead.y }, from, around: aroundIds(open.scene, ids) ?? lead, neighbours: neighbours(open, ids) };
      this.lifted = ids;
      this.cursor = 'grabbing';
    } else if (found.what === 'frame-corner') {
      this.#act = { what: 'resize', id: found.frame.id, from, rect: found.frame };
    } else if (found.what === 'nothing') {
      this.#act = { what: 'box', from, before: adds ? open.chosen : NONE };
    }
  }

  #follow(open: OpenFlow, at: Point, keepGrid: boolean): void {
    const act = this.#act;
    if (act?.what === 'move') {
      const [dx, dy] = [at.x - act.from.x, at.y - act.from.y];
      this.shift = keepGrid ? snappedShift(act, dx, dy, PULL / open.viewport.zoom) : { x: Math.round(dx), y: Math.round(dy) };
      this.guides = keepGrid ? guides(shifted(act.around, this.shift), act.neighbours) : [];
      const [only] = act.ids.size === 1 ? act.ids : [];
      const card = only === undefined ? undefined : open.scene.byId.get(only);
      this.target = card && isLoose(open, card.id) && card.inputs.length > 0 && card.outputs.length > 0
        ? wireAt(open.scene, { x: card.x + this.shift.x + card.width / 2, y: card.y + this.shift.y + card.height / 2 }, 40)
        : undefined;
    } else if (act?.what === 'box') {
      this.box = { x: Math.min(at.x, act.from.x), y: Math.min(at.y, act.from.y), width: Math.abs(at.x - act.from.x), height: Math.abs(at.y - act.from.y) };
      open.choose([...act.before, ...inBox(open.scene, this.box)]);
    } else if (act?.what === 'resize') {
      const corner = snapped({ x: act.rect.x + act.rect.width + at.x - act.from.x, y: act.rect.y + act.rect.height + at.y - act.from.y });
      const box = open.scene.frameById.get(act.id);
      const least = box ? leastSize(box) : { width: 4 * GRID, height: 3 * GRID };
      const { x, y } = act.rect;
      this.resized = { id: act.id, rect: { x, y, width: Math.max(least.width, corner.x - x), height: Math.max(least.height, corner.y - y) } };
    } else if (act?.what === 'wire' && this.loose) {
      this.#aim(open, this.loose, at);
    }
  }

  #aim(open: OpenFlow, loose: Loose, at: Point): void {
    const side = loose.from.socket.side === 'out' ? 'in' : 'out';
    const over = socketNear(open.scene, at, side, open.viewport.zoom) ?? this.#onCard(open, loose, at);
    const reason = over && (side === 'in' ? refusal(open, loose.from, over) : refusal(open, over, loose.from));
    this.loose = { ...loose, at, over: reason === undefined ? over : undefined, reason };
  }

  /** Over a card, its first socket that fits is meant; over the sockets' side of one that has none, the first at all. */
  #onCard(open: OpenFlow, loose: Loose, at: Point): End | undefined {
    const card = plugAt(open.scene, at);
    if (!card || card.id === loose.from.card.id) return undefined;
    const sockets = loose.from.socket.side === 'out' ? card.inputs : card.outputs;
    const ends = sockets.map((socket) => ({ card, socket }));
    const isFree = ({ socket }: End): boolean => socket.side === 'out' || socket.port.many || !open.scene.wiresOf.get(card.id)?.some((other) => other.edge.to === end(card.id, socket.name));
    const fitting = ends.filter((one) => (loose.from.socket.side === 'out' ? refusal(open, loose.from, one) : refusal(open, one, loose.from)) === undefined);
    return fitting.find((one) => isFree(one) && one.socket.type === loose.from.socket.type) ?? fitting.find(isFree) ?? fitting[0] ?? ends[0];
  }

  #hover(screen: Point): void {
    const found = this.hitAt(screen);
    this.hoverWire = found.what === 'wire' ? found.wire.id : undefined;
    this.hoverCard = found.what === 'card' || found.what === 'socket' ? found.card.id : found.what === 'frame' ? found.frame.id : undefined;
    this.hoverSocket = found.what === 'socket' ? found : undefined;
    if (this.#around.open().isReadOnly) this.cursor = found.what === 'nothing' ? 'default' : 'pointer';
    else this.cursor = found.what === 'socket' ? 'crosshair' : found.what === 'frame-corner' ? 'nwse-resize' : found.what === 'wire' ? 'pointer' : found.what === 'frame' ? 'move' : 'default';
  }

  leave(): void {
    if (this.#act) return;
    this.hoverWire = this.hoverCard = this.hoverSocket = undefined;
  }

  up(screen: Point): void {
    const open = this.#around.open();
    const act = this.#act;
    if (act?.what === 'press') this.#click(open, act);
    else if (act?.what === 'move') this.#drop(open, act.ids);
    else if (act?.what === 'resize' && this.resized) {
      const next = resizeFrame(placed(open), act.id, this.resized.rect);
      const { rect } = this.resized;
      const boxes = [...open.scene.cards, ...open.scene.frames].filter(({ id }) => id !== act.id);
      const touched = boxes.filter((box) => open.flow.frames.get(act.id)?.members.includes(box.id) || within(rect, box)).map(({ id }) => id);
      open.edit('Resize the frame', settleInFrames(next, touched, size(open)));
    } else if (act?.what === 'wire' && this.loose) this.#endWire(open, this.loose, screen);
    this.cancel();
  }

  #click(open: OpenFlow, { hit: found, adds }: Extract<Act, { what: 'press' }>): void {
    if (adds) return;
    if (found.what === 'nothing') open.choose([]);
    else if (found.what === 'card') open.choose([found.card.id]);
    else if (found.what === 'frame' || found.what === 'frame-corner') open.choose([found.frame.id]);
  }

  #drop(open: OpenFlow, ids: ReadonlySet<string>): void {
    const { shift, target } = this;
    if (shift.x === 0 && shift.y === 0) return;
    const moved = moveBy(placed(open), ids, shift.x, shift.y);
    const nodes = [...ids].filter((id) => open.flow.nodes.has(id));
    const settled = settleInFrames(moved, ids, size(open));
    const [only] = nodes;
    const spliced = target && only !== undefined ? spliceCard(open, settled, only, target.edge) : undefined;
    open.edit(spliced ? 'Put into the wire' : `Move ${[...ids].some((id) => open.flow.frames.has(id)) ? 'a frame' : nodes.length === 1 ? 'a node' : count(nodes.length, 'node')}`, spliced ?? settled);
  }

  #endWire(open: OpenFlow, loose: Loose, screen: Point): void {
    if (loose.over) {
      if (loose.from.socket.side === 'out') wire(open, loose.from, loose.over, loose.instead);
      else wire(open, loose.over, loose.from, loose.instead);
      return;
    }
    if (loose.reason !== undefined) return;
    const start = spot(loose.from.card, loose.from.socket);
    const { zoom } = open.viewport;
    // A click on a socket draws nothing.
    if (Math.hypot(loose.at.x - start.x, loose.at.y - start.y) * zoom < 16) return;
    this.#around.offer(screen, loose.from, loose.instead);
  }

  cancel(): void {
    this.#act = undefined;
    this.#last = undefined;
    cancelAnimationFrame(this.#panning);
    this.#panning = 0;
    this.lifted = NONE;
    this.shift = ZERO;
    this.box = this.loose = this.resized = this.target = undefined;
    this.guides = [];
    this.cursor = 'default';
  }

  /** Near the window's edge the canvas goes along. */
  #pan(): void {
    this.#panning = requestAnimationFrame(() => {
      this.#panning = 0;
      const open = this.#around.open();
      if (!this.#last || !this.#act || this.#act.what === 'press') return;
      const { screen, keepGrid } = this.#last;
      const speed = (at: number, most: number): number => (at < EDGE ? (EDGE - at) / EDGE : at > most - EDGE ? (most - EDGE - at) / EDGE : 0) * PAN_SPEED;
      const [dx, dy] = [speed(screen.x, open.size.width), speed(screen.y, open.size.height)].map((by) => Math.max(-PAN_SPEED, Math.min(PAN_SPEED, by)));
      if (dx || dy) {
        open.viewport = { ...open.viewport, x: open.viewport.x + (dx ?? 0), y: open.viewport.y + (dy ?? 0) };
        this.#follow(open, toCanvas(open.viewport, screen), keepGrid);
      }
      this.#pan();
    });
  }
}

/** The error output of a card is drawn where it is wired, chosen or pointed at. */
export function showsError(open: OpenFlow, id: string, hovered: string | undefined): boolean {
  return id === hovered || open.chosen.has(id) || open.lead === id || (open.scene.wiresOf.get(id)?.some((other) => other.edge.from === end(id, 'error')) ?? false);
}

/** The cards in view that stay where they are. */
function neighbours(open: OpenFlow, moved: ReadonlySet<string>): readonly Rect[] {
  const near = open.scene.cardGrid.touching(seen(open.viewport, open.size));
  if (near.length > MOST_NEIGHBOURS) return [];
  return near.flatMap((index) => open.scene.cards[index] ?? []).filter((card) => !moved.has(card.id));
}

const shifted = (rect: Rect, by: Point): Rect => ({ ...rect, x: rect.x + by.x, y: rect.y + by.y });

/** How far things on the move are shifted: into line with a neighbour that is near, else onto the grid. */
function snappedShift({ lead, around, neighbours }: Extract<Act, { what: 'move' }>, dx: number, dy: number, within: number): Point {
  const grid = snapped({ x: lead.x + dx, y: lead.y + dy });
  const line = pulled(shifted(around, { x: dx, y: dy }), neighbours, within);
  return {
    x: line.x === undefined ? grid.x - lead.x : Math.round(dx + line.x),
    y: line.y === undefined ? grid.y - lead.y : Math.round(dy + line.y),
  };
}

function toggled(set: ReadonlySet<string>, id: string): Set<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}

const within = (rect: Rect, card: Rect): boolean =>
  card.x + card.width / 2 > rect.x && card.x + card.width / 2 < rect.x + rect.width
  && card.y + card.height / 2 > rect.y && card.y + card.height / 2 < rect.y + rect.height;

