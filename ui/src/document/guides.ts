// Alignment guides: where a thing that is dragged comes to stand in line with its neighbours, by their edges and middles.

import type { Point, Rect } from './flow';

/** A line through what stands in line: at one place of an axis, from here to there along the other. */
export interface Guide {
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

const SIZE = { x: 'width', y: 'height' } as const;
const ACROSS = { x: 'y', y: 'x' } as const;

/** The edges and the middle of a box along one axis. */
const stops = (box: Rect, axis: 'x' | 'y'): readonly number[] => [box[axis], box[axis] + box[SIZE[axis]] / 2, box[axis] + box[SIZE[axis]]];

/** How far a box is from standing in line along one axis; `undefined` where no neighbour is that near. */
function pull(box: Rect, others: readonly Rect[], axis: 'x' | 'y', within: number): number | undefined {
  let [least, by]: [number, number | undefined] = [within, undefined];
  for (const other of others) {
    for (const theirs of stops(other, axis)) {
      for (const mine of stops(box, axis)) {
        const off = theirs - mine;
        if (Math.abs(off) < least || (by === undefined && Math.abs(off) <= least)) [least, by] = [Math.abs(off), off];
      }
    }
  }
  return by;
}

/** How far a box is moved, for each axis, to stand in line with others that are near enough. */
export const pulled = (box: Rect, others: readonly Rect[], within: number): { [A in keyof Point]: number | undefined } =>
  ({ x: pull(box, others, 'x', within), y: pull(box, others, 'y', within) });

/** The lines in which a box stands with others. Where both edges do, the middle says nothing more. */
export function guides(box: Rect, others: readonly Rect[]): Guide[] {
  return (['x', 'y'] as const).flatMap((axis) => {
    const [before, middle, after] = stops(box, axis).map((at) => lineAt(box, others, axis, at));
    return [...(before ?? []), ...(before?.length && after?.length ? [] : middle ?? []), ...(after ?? [])];
  });
}

function lineAt(box: Rect, others: readonly Rect[], axis: 'x' | 'y', at: number): Guide[] {
  const inLine = others.filter((other) => stops(other, axis).some((theirs) => Math.abs(theirs - at) <= 0.5));
  if (inLine.length === 0) return [];
  const across = ACROSS[axis];
  const ends = [box, ...inLine].flatMap((one) => [one[across], one[across] + one[SIZE[across]]]);
  return [{ axis, at, from: Math.min(...ends), to: Math.max(...ends) }];
}
