// The shape of a wire: a bezier that leaves and arrives level; one that runs back swings around below its ends.

import type { Point, Rect } from '../document/flow';

/** One or two cubic beziers: start, then two handles and an end each. */
export type Curve = readonly number[];

const BACK = 60;

export function curve(x1: number, y1: number, x2: number, y2: number): Curve {
  const dx = x2 - x1;
  if (dx >= 20) {
    const reach = Math.max(36, dx * 0.5);
    return [x1, y1, x1 + reach, y1, x2 - reach, y2, x2, y2];
  }
  const [middleX, middleY] = [(x1 + x2) / 2, (y1 + y2) / 2 + (Math.abs(y2 - y1) < 40 ? 90 : 14)];
  return [x1, y1, x1 + BACK, y1, x1 + BACK, middleY, middleX, middleY, x2 - BACK, middleY, x2 - BACK, y2, x2, y2];
}

/** Draws a curve into a path, moved and scaled. */
export function trace(path: { moveTo(x: number, y: number): void; bezierCurveTo(a: number, b: number, c: number, d: number, x: number, y: number): void }, line: Curve, x: number, y: number, zoom: number): void {
  path.moveTo((line[0] ?? 0) * zoom + x, (line[1] ?? 0) * zoom + y);
  for (let at = 2; at + 5 < line.length; at += 6) {
    path.bezierCurveTo(
      (line[at] ?? 0) * zoom + x, (line[at + 1] ?? 0) * zoom + y, (line[at + 2] ?? 0) * zoom + x,
      (line[at + 3] ?? 0) * zoom + y, (line[at + 4] ?? 0) * zoom + x, (line[at + 5] ?? 0) * zoom + y,
    );
  }
}

/** The rectangle around a curve's handles, which the curve never leaves. */
export function bounds(line: Curve): Rect {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let at = 0; at + 1 < line.length; at += 2) {
    const [x, y] = [line[at] ?? 0, line[at + 1] ?? 0];
    if (x < left) left = x;
    if (x > right) right = x;
    if (y < top) top = y;
    if (y > bottom) bottom = y;
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** The point at a share of the way, from 0 to 1. */
export function pointOn(line: Curve, share: number): Point {
  const parts = (line.length - 2) / 6;
  const at = Math.min(parts - 1, Math.floor(share * parts));
  const t = Math.min(1, share * parts - at);
  const u = 1 - t;
  const on = (axis: 0 | 1): number => {
    const p = (index: number): number => line[at * 6 + index * 2 + axis] ?? 0;
    return u * u * u * p(0) + 3 * u * u * t * p(1) + 3 * u * t * t * p(2) + t * t * t * p(3);
  };
  return { x: on(0), y: on(1) };
}

function toSegment(p: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const length = dx * dx + dy * dy;
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((p.x - a.x) * dx + (p.y - a.y) * dy) / length));
  return Math.hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

/** How far a point is from a curve. */
export function distance(line: Curve, point: Point): number {
  const steps = 16 * ((line.length - 2) / 6);
  let [nearest, before] = [Infinity, pointOn(line, 0)];
  for (let step = 1; step <= steps; step += 1) {
    const next = pointOn(line, step / steps);
    nearest = Math.min(nearest, toSegment(point, before, next));
    before = next;
  }
  return nearest;
}
