// What lies where: a grid of cells with the numbers of the things that touch them.

import type { Rect } from '../document/flow';

const CELL = 512;
/** A thing that touches more cells than this is looked at each time; long wires are few. */
const MOST_CELLS = 48;

export class Grid {
  readonly #cells = new Map<number, number[]>();
  readonly #everywhere: number[] = [];
  readonly #rects: readonly Rect[];
  /** When each was last found, so that none is told twice. */
  readonly #seen: Uint32Array;
  #round = 0;

  constructor(rects: readonly Rect[]) {
    this.#rects = rects;
    this.#seen = new Uint32Array(rects.length);
    rects.forEach((rect, index) => {
      const [left, top, right, bottom] = cells(rect);
      if ((right - left + 1) * (bottom - top + 1) > MOST_CELLS) {
        this.#everywhere.push(index);
        return;
      }
      for (let row = top; row <= bottom; row += 1) {
        for (let column = left; column <= right; column += 1) {
          const key = at(column, row);
          const cell = this.#cells.get(key);
          if (cell) cell.push(index);
          else this.#cells.set(key, [index]);
        }
      }
    });
  }

  /** The numbers of all things whose rectangle touches this one, in order. */
  touching(rect: Rect): number[] {
    const [left, top, right, bottom] = cells(rect);
    if ((right - left + 1) * (bottom - top + 1) > this.#cells.size) {
      return this.#rects.flatMap((other, index) => (overlaps(other, rect) ? [index] : []));
    }
    this.#round += 1;
    const found: number[] = [];
    const look = (index: number): void => {
      if (this.#seen[index] === this.#round) return;
      this.#seen[index] = this.#round;
      const other = this.#rects[index];
      if (other && overlaps(other, rect)) found.push(index);
    };
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) this.#cells.get(at(column, row))?.forEach(look);
    }
    this.#everywhere.forEach(look);
    return found.sort((a, b) => a - b);
  }
}

const cells = ({ x, y, width, height }: Rect): [number, number, number, number] =>
  [Math.floor(x / CELL), Math.floor(y / CELL), Math.floor((x + width) / CELL), Math.floor((y + height) / CELL)];
const at = (column: number, row: number): number => (column + 0x8000) * 0x10000 + row + 0x8000;

export const overlaps = (a: Rect, b: Rect): boolean =>
  a.x <= b.x + b.width && b.x <= a.x + a.width && a.y <= b.y + b.height && b.y <= a.y + a.height;

export const contains = (rect: Rect, x: number, y: number): boolean =>
  x >= rect.x && y >= rect.y && x <= rect.x + rect.width && y <= rect.y + rect.height;

/** The rectangle around several; `undefined` around none. */
export function around(rects: Iterable<Rect>): Rect | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, width, height } of rects) {
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x + width), Math.max(bottom, y + height)];
  }
  return left > right ? undefined : { x: left, y: top, width: right - left, height: bottom - top };
}

export const grown = (rect: Rect, by: number): Rect => ({ x: rect.x - by, y: rect.y - by, width: rect.width + 2 * by, height: rect.height + 2 * by });
