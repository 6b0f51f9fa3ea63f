// Putting things in line: where each goes, without touching the flow.

import type { Point, Rect } from './flow';

export type Box = Rect & { readonly id: string };
export type Edge = 'left' | 'center' | 'right' | 'top' | 'middle' | 'bottom';

/** Places of boxes in line by one edge or their middles. */
export function aligned(boxes: readonly Box[], by: Edge): Map<string, Point> {
  const left = Math.min(...boxes.map((box) => box.x));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const top = Math.min(...boxes.map((box) => box.y));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  const put: Record<Edge, (box: Box) => Point> = {
    left: (box) => ({ x: left, y: box.y }),
    center: (box) => ({ x: (left + right - box.width) / 2, y: box.y }),
    right: (box) => ({ x: right - box.width, y: box.y }),
    top: (box) => ({ x: box.x, y: top }),
    middle: (box) => ({ x: box.x, y: (top + bottom - box.height) / 2 }),
    bottom: (box) => ({ x: box.x, y: bottom - box.height }),
  };
  return new Map(boxes.map((box) => [box.id, put[by](box)]));
}

/** Places of boxes with the same gap between each and the next; the first and the last stay. */
export function distributed(boxes: readonly Box[], along: 'x' | 'y'): Map<string, Point> {
  const size = along === 'x' ? 'width' : 'height';
  const row = [...boxes].sort((a, b) => a[along] - b[along]);
  const [first, last] = [row[0], row.at(-1)];
  if (!first || !last || row.length < 3) return new Map();
  const total = row.reduce((sum, box) => sum + box[size], 0);
  const gap = (last[along] + last[size] - first[along] - total) / (row.length - 1);
  let at = first[along];
  return new Map(row.map((box) => {
    const place = { x: box.x, y: box.y, [along]: at };
    at += box[size] + gap;
    return [box.id, place];
  }));
}

export const GRID = 20;

/** The nearest point of the grid. */
export const snapped = ({ x, y }: Point): Point => ({ x: Math.round(x / GRID) * GRID, y: Math.round(y / GRID) * GRID });
