// Small signs for states and effects, so that colour never tells alone. Drawn in a box from 0 to 1, as strokes.

import type { StepState } from '../api/types';

type Stroke = readonly number[];

const CIRCLE: Stroke = Array.from({ length: 13 }, (_, at) => [0.5 + 0.42 * Math.cos((at * Math.PI) / 6), 0.5 + 0.42 * Math.sin((at * Math.PI) / 6)]).flat();

const SIGNS: Record<StepState | 'effect', readonly Stroke[]> = {
  done: [[0.1, 0.55, 0.4, 0.85, 0.95, 0.2]],
  failed: [[0.15, 0.15, 0.85, 0.85], [0.85, 0.15, 0.15, 0.85]],
  running: [[0.2, 0.1, 0.9, 0.5, 0.2, 0.9, 0.2, 0.1]],
  asking: [CIRCLE, [0.5, 0.25, 0.5, 0.55, 0.7, 0.65]],
  sleeping: [[0.2, 0.1, 0.8, 0.1, 0.2, 0.9, 0.8, 0.9, 0.2, 0.1]],
  unknown: [[0.5, 0.1, 0.95, 0.9, 0.05, 0.9, 0.5, 0.1], [0.5, 0.4, 0.5, 0.62], [0.5, 0.74, 0.5, 0.78]],
  skipped: [[0.1, 0.5, 0.2, 0.5], [0.45, 0.5, 0.55, 0.5], [0.8, 0.5, 0.9, 0.5]],
  pending: [],
  effect: [[0.5, 0.05, 0.9, 0.22, 0.9, 0.5, 0.78, 0.75, 0.5, 0.95, 0.22, 0.75, 0.1, 0.5, 0.1, 0.22, 0.5, 0.05]],
};

/** Adds a sign to a path, its upper left corner at a point. */
export function traceGlyph(path: { moveTo(x: number, y: number): void; lineTo(x: number, y: number): void }, sign: StepState | 'effect', x: number, y: number, size: number): void {
  for (const stroke of SIGNS[sign]) {
    path.moveTo(x + (stroke[0] ?? 0) * size, y + (stroke[1] ?? 0) * size);
    for (let at = 2; at + 1 < stroke.length; at += 2) path.lineTo(x + (stroke[at] ?? 0) * size, y + (stroke[at + 1] ?? 0) * size);
  }
}
