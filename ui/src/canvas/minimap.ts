// The small picture of the whole flow, from the same scene and states.

import type { StepState } from '../api/types';
import type { Point, Rect } from '../document/flow';
import { type Colours, stateColour } from './colours';
import { around } from './grid';
import type { Scene } from './scene';
import { type Size, type Viewport, seen } from './viewport';

const PADDING = 8;

/** How the flow is fitted into the small picture: scale and offset. */
export interface Fit {
  scale: number;
  x: number;
  y: number;
}

/** The whole flow and what is in view, fitted in. */
export function miniFit(scene: Scene, view: Viewport, window: Size, size: Size): Fit {
  const whole = around(scene.cards.length > 0 ? [scene.bounds, seen(view, window)] : [seen(view, window)]) ?? scene.bounds;
  const scale = Math.min((size.width - 2 * PADDING) / Math.max(1, whole.width), (size.height - 2 * PADDING) / Math.max(1, whole.height));
  return { scale, x: (size.width - whole.width * scale) / 2 - whole.x * scale, y: (size.height - whole.height * scale) / 2 - whole.y * scale };
}

/** The point of the canvas under a point of the small picture. */
export const fromMini = (fit: Fit, at: Point): Point => ({ x: (at.x - fit.x) / fit.scale, y: (at.y - fit.y) / fit.scale });

export function drawMini(context: CanvasRenderingContext2D, size: Size, ratio: number, fit: Fit, scene: Scene, colours: Colours, states: ReadonlyMap<string, StepState> | undefined): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = colours.of['bg-1'];
  context.fillRect(0, 0, size.width, size.height);
  context.lineWidth = 1;
  for (const frame of scene.frames) {
    const [x, y, width, height] = [frame.x * fit.scale + fit.x, frame.y * fit.scale + fit.y, frame.width * fit.scale, frame.height * fit.scale];
    context.fillStyle = context.strokeStyle = frame.runs ? stateColour(colours, states?.get(frame.id)) : colours.of.line;
    context.globalAlpha = frame.runs ? 0.16 : 0.35;
    context.fillRect(x, y, width, height);
    context.globalAlpha = 1;
    if (frame.runs) context.strokeRect(Math.round(x) + 0.5, Math.round(y) + 0.5, Math.max(1, Math.round(width) - 1), Math.max(1, Math.round(height) - 1));
  }
  const groups = new Map<string, Rect[]>();
  for (const card of scene.cards) {
    const colour = stateColour(colours, states?.get(card.id));
    const group = groups.get(colour);
    if (group) group.push(card);
    else groups.set(colour, [card]);
  }
  for (const [colour, cards] of groups) {
    context.fillStyle = colour;
    for (const card of cards) {
      context.fillRect(card.x * fit.scale + fit.x, card.y * fit.scale + fit.y, Math.max(1, card.width * fit.scale), Math.max(1, card.height * fit.scale));
    }
  }
}

/** Where the frame of what is in view stands in the small picture. */
export function miniView(fit: Fit, view: Viewport, window: Size): Rect {
  const part = seen(view, window);
  return { x: part.x * fit.scale + fit.x, y: part.y * fit.scale + fit.y, width: part.width * fit.scale, height: part.height * fit.scale };
}
