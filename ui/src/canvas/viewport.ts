// Which part of the canvas is seen, and how large.

import type { Point, Rect } from '../document/flow';
import { contains, overlaps } from './grid';

/** `x` and `y` are where the canvas's origin is in the window's pixels. */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const LEAST_ZOOM = 0.02;
export const MOST_ZOOM = 2;
/** Below this zoom, or above this many cards in view, the canvas draws the cards itself. */
export const NEAR_ZOOM = 0.4;
export const MOST_NEAR = 300;

export const toCanvas = ({ x, y, zoom }: Viewport, at: Point): Point => ({ x: (at.x - x) / zoom, y: (at.y - y) / zoom });
export const toScreen = ({ x, y, zoom }: Viewport, at: Point): Point => ({ x: at.x * zoom + x, y: at.y * zoom + y });

/** The part of the canvas in view, grown by some pixels of the window. */
export const seen = (view: Viewport, size: Size, margin = 0): Rect => ({
  x: (-view.x - margin) / view.zoom,
  y: (-view.y - margin) / view.zoom,
  width: (size.width + 2 * margin) / view.zoom,
  height: (size.height + 2 * margin) / view.zoom,
});

export const zoomWithin = (zoom: number): number => Math.min(MOST_ZOOM, Math.max(LEAST_ZOOM, zoom));

/** The view at another zoom with one point of the window staying where it is. */
export function zoomedAt(view: Viewport, at: Point, zoom: number): Viewport {
  const next = zoomWithin(zoom);
  const on = toCanvas(view, at);
  return { x: at.x - on.x * next, y: at.y - on.y * next, zoom: next };
}

/** The view that shows a rectangle whole, not larger than `most`. */
export function fitted(rect: Rect, size: Size, padding = 48, most = 1): Viewport {
  const room = { width: Math.max(1, size.width - 2 * padding), height: Math.max(1, size.height - 2 * padding) };
  const zoom = zoomWithin(Math.min(most, room.width / Math.max(1, rect.width), room.height / Math.max(1, rect.height)));
  return centred({ x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 }, size, zoom);
}

/** The tool bar over the canvas's lower edge takes this much of it. */
const TOOLS = 52;

/** The view that shows a whole flow above the tools. */
export function fittedAbove(rect: Rect, size: Size): Viewport {
  const room = { width: size.width, height: Math.max(1, size.height - TOOLS) };
  return fitted(rect, room, Math.min(48, room.height / 8));
}

/** Whether a rectangle is in view whole. */
export function isWhole(view: Viewport, rect: Rect, size: Size): boolean {
  const part = seen(view, size);
  return contains(part, rect.x, rect.y) && contains(part, rect.x + rect.width, rect.y + rect.height);
}

/** Whether a flow that is in view whole lies in a corner of the canvas's window, at its lower right, of this size. */
export function isInCorner(view: Viewport, rect: Rect, size: Size, corner: Size): boolean {
  const end = toScreen(view, { x: rect.x + rect.width, y: rect.y + rect.height });
  return isWhole(view, rect, size) && end.x > size.width - corner.width && end.y > size.height - corner.height;
}

/** The view after the canvas got another size: a flow that was seen whole stays so, any other view stays where it is. */
export function resized(view: Viewport, rect: Rect, before: Size, after: Size): Viewport {
  if (before.width === 0 || before.height === 0) return view;
  return isWhole(view, rect, before) ? fittedAbove(rect, after) : view;
}

export const centred = (on: Point, size: Size, zoom: number): Viewport => ({ x: size.width / 2 - on.x * zoom, y: size.height / 2 - on.y * zoom, zoom });

/** The view moved as little as shows a rectangle; the same view where it shows already. */
export function revealed(view: Viewport, rect: Rect, size: Size, margin = 40): Viewport {
  const part = seen(view, size, -margin);
  if (contains(part, rect.x, rect.y) && contains(part, rect.x + rect.width, rect.y + rect.height)) return view;
  if (!overlaps(seen(view, size, size.width), rect)) return centred({ x: rect.x + rect.width / 2, y: rect.y + rect.height / 2 }, size, view.zoom);
  const shift = (from: number, length: number, start: number, room: number): number =>
    length > room || from < start ? from - start : Math.max(0, from + length - start - room);
  const dx = rect.x < part.x || rect.x + rect.width > part.x + part.width ? shift(rect.x, rect.width, part.x, part.width) : 0;
  const dy = rect.y < part.y || rect.y + rect.height > part.y + part.height ? shift(rect.y, rect.height, part.y, part.height) : 0;
  return { x: view.x - dx * view.zoom, y: view.y - dy * view.zoom, zoom: view.zoom };
}
