// What lies under a point.

import type { Point, Rect } from '../document/flow';
import { type Card, type Plug, type Socket, spot } from './card';
import { distance } from './curve';
import { around, contains, grown } from './grid';
import { type FrameBox, headOf } from './frame-box';
import type { Scene, Wire } from './scene';

export type Hit =
  | { what: 'socket'; card: Plug; socket: Socket }
  | { what: 'card'; card: Card }
  | { what: 'wire'; wire: Wire }
  | { what: 'frame-corner'; frame: FrameBox }
  | { what: 'frame'; frame: FrameBox }
  | { what: 'nothing' };

/** How near the pointer must be, in pixels of the window. */
const SOCKET_REACH = 9;
const WIRE_REACH = 6;
const CORNER = 14;

export interface Reach {
  zoom: number;
  /** Sockets can be taken hold of only where they are drawn. */
  sockets: boolean;
  /** The cards whose error output is drawn. */
  showsError: (id: string) => boolean;
  /** How much taller a card is than its geometry says, for the line of its last value. */
  extra: (id: string) => number;
}

/** The cards that are within reach of a point, and all frames that have ports. */
function plugsNear(scene: Scene, at: Point, reach: number): Plug[] {
  const cards = scene.cardGrid.touching({ x: at.x - reach, y: at.y - reach, width: 2 * reach, height: 2 * reach }).flatMap((index) => scene.cards[index] ?? []);
  return [...cards, ...scene.frames.filter((frame) => frame.runs && contains(grown(frame, reach), at.x, at.y))];
}

function socketAt(scene: Scene, at: Point, reach: number, showsError: (id: string) => boolean): { card: Plug; socket: Socket } | undefined {
  let found: { card: Plug; socket: Socket } | undefined;
  let nearest = reach;
  for (const card of plugsNear(scene, at, reach)) {
    const error = card.error && showsError(card.id) ? [card.error] : [];
    for (const socket of [...card.inputs, ...card.outputs, ...error]) {
      const where = spot(card, socket);
      const far = Math.hypot(where.x - at.x, where.y - at.y);
      if (far <= nearest) [found, nearest] = [{ card, socket }, far];
    }
  }
  return found;
}

/** The card on top at a point. */
export function cardAt(scene: Scene, at: Point, extra: (id: string) => number = () => 0): Card | undefined {
  // A last line may reach below the card that the grid knows.
  const found = scene.cardGrid.touching({ x: at.x, y: at.y - 40, width: 0, height: 40 });
  for (let index = found.length - 1; index >= 0; index -= 1) {
    const card = scene.cards[found[index] ?? -1];
    if (card && contains({ ...card, height: card.height + extra(card.id) }, at.x, at.y)) return card;
  }
  return undefined;
}

/** The nearest wire within reach of a point, in canvas pixels. */
export function wireAt(scene: Scene, at: Point, reach: number): Wire | undefined {
  let found: Wire | undefined;
  let nearest = reach;
  for (const index of scene.wireGrid.touching(grown({ ...at, width: 0, height: 0 }, reach))) {
    const wire = scene.wires[index];
    const far = wire ? distance(wire.line, at) : Infinity;
    if (far <= nearest) [found, nearest] = [wire, far];
  }
  return found;
}

export function hit(scene: Scene, at: Point, { zoom, sockets, showsError, extra }: Reach): Hit {
  const socket = sockets ? socketAt(scene, at, SOCKET_REACH / zoom, showsError) : undefined;
  if (socket) return { what: 'socket', ...socket };
  const card = cardAt(scene, at, extra);
  if (card) return { what: 'card', card };
  const wire = wireAt(scene, at, WIRE_REACH / zoom);
  if (wire) return { what: 'wire', wire };
  for (let index = scene.frames.length - 1; index >= 0; index -= 1) {
    const frame = scene.frames[index];
    if (!frame || !contains(frame, at.x, at.y)) continue;
    if (at.x > frame.x + frame.width - CORNER / zoom && at.y > frame.y + frame.height - CORNER / zoom) return { what: 'frame-corner', frame };
    if (at.y < frame.y + Math.max(frame.head, 12 / zoom)) return { what: 'frame', frame };
  }
  return { what: 'nothing' };
}

/** The nearest socket of one side within a generous reach, for the end of a wire that is being drawn. */
export function socketNear(scene: Scene, at: Point, side: 'in' | 'out', zoom: number): { card: Plug; socket: Socket } | undefined {
  const reach = 24 / zoom;
  let found: { card: Plug; socket: Socket } | undefined;
  let nearest = reach;
  for (const card of plugsNear(scene, at, reach)) {
    for (const socket of side === 'in' ? card.inputs : card.outputs) {
      const where = spot(card, socket);
      const far = Math.hypot(where.x - at.x, where.y - at.y);
      if (far <= nearest) [found, nearest] = [{ card, socket }, far];
    }
  }
  return found;
}

/** What a wire can be dropped on at a point: the card there, or the head of a frame. */
export function plugAt(scene: Scene, at: Point): Plug | undefined {
  return cardAt(scene, at) ?? scene.frames.findLast((frame) => frame.runs && contains(headOf(frame), at.x, at.y));
}

/** What a selection box takes: cards it touches, frames that lie wholly in it. */
export function inBox(scene: Scene, box: Rect): string[] {
  const cards = scene.cardGrid.touching(box).flatMap((index) => scene.cards[index]?.id ?? []);
  const frames = scene.frames.filter((frame) => contains(box, frame.x, frame.y) && contains(box, frame.x + frame.width, frame.y + frame.height));
  return [...cards, ...frames.map((frame) => frame.id)];
}

/** The rectangle around things by id. */
export function aroundIds(scene: Scene, ids: Iterable<string>): Rect | undefined {
  return around([...ids].flatMap((id) => scene.byId.get(id) ?? scene.frameById.get(id) ?? []));
}

export type Direction = 'left' | 'right' | 'up' | 'down';

/** What an arrow key goes to, a card or the head of a frame: the nearest in that direction, where being off the straight line counts double. */
export function neighbour(scene: Scene, from: string, to: Direction): string | undefined {
  const heads = scene.frames.filter((frame) => frame.runs).map((frame): Rect & { id: string } => ({ id: frame.id, ...headOf(frame) }));
  const start = scene.byId.get(from) ?? heads.find(({ id }) => id === from);
  if (!start) return undefined;
  const middle = (card: Rect): Point => ({ x: card.x + card.width / 2, y: card.y + card.height / 2 });
  const here = middle(start);
  let [found, least]: [string | undefined, number] = [undefined, Infinity];
  const look = (card: Rect & { readonly id: string }): void => {
    if (card.id === from) return;
    const there = middle(card);
    const [dx, dy] = [there.x - here.x, there.y - here.y];
    const [along, across] = to === 'left' ? [-dx, dy] : to === 'right' ? [dx, dy] : to === 'up' ? [-dy, dx] : [dy, dx];
    if (along <= 8 || Math.abs(across) > along * 3 + 40) return;
    const cost = along + 2 * Math.abs(across);
    if (cost < least) [found, least] = [card.id, cost];
  };
  scene.cards.forEach(look);
  heads.forEach(look);
  return found;
}
