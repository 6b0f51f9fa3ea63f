// Which cards stand in the page: those in view and a little around, as long as they are few and near.

import { Position } from '@xyflow/system';
import type { Node } from '@xyflow/svelte';
import type { Card } from '../canvas/card';
import { contains } from '../canvas/grid';
import type { Scene } from '../canvas/scene';
import { MOST_NEAR, NEAR_ZOOM, type Size, type Viewport, seen } from '../canvas/viewport';
import type { Point, Rect } from '../document/flow';

export type CardNode = Node<{ card: Card }, 'card'>;

/** Cards are kept this many pixels around what is in view, so that a little panning changes nothing. */
const MARGIN = 240;

/** What of a scene is drawn near. */
export interface Near {
  readonly scene: Scene;
  readonly zoom: number;
  /** The part of the canvas for which this holds. */
  readonly area: Rect;
  /** Empty where the canvas draws the cards itself. */
  readonly cards: readonly Card[];
  readonly isNear: boolean;
}

/** What is drawn near now; the same as before as long as that holds. */
export function nearOf(before: Near | undefined, scene: Scene, view: Viewport, size: Size): Near {
  const part = seen(view, size);
  if (before && before.scene === scene && before.zoom === view.zoom && contains(before.area, part.x, part.y) && contains(before.area, part.x + part.width, part.y + part.height)) return before;
  const inView = view.zoom < NEAR_ZOOM ? [] : scene.cardGrid.touching(part);
  const isNear = view.zoom >= NEAR_ZOOM && inView.length <= MOST_NEAR;
  const area = seen(view, size, isNear ? MARGIN : 0);
  // Many cards just outside: those in view are enough.
  const around = isNear ? scene.cardGrid.touching(area) : [];
  const few = around.length <= MOST_NEAR;
  const cards = (few ? around : inView).flatMap((index) => scene.cards[index] ?? []);
  return { scene, zoom: view.zoom, area: few ? area : part, cards: isNear ? cards : [], isNear };
}

const made = new WeakMap<Card, CardNode>();

/** The node of a card as Svelte Flow wants it. Its size is known, so nothing is measured. */
export function nodeOfCard(card: Card, lifted: ReadonlySet<string>, shift: Point): CardNode {
  if (lifted.has(card.id)) return { ...plain(card), position: { x: card.x + shift.x, y: card.y + shift.y }, zIndex: 10 };
  let node = made.get(card);
  if (!node) made.set(card, (node = plain(card)));
  return node;
}

function plain(card: Card): CardNode {
  return {
    id: card.id, type: 'card', position: { x: card.x, y: card.y }, data: { card },
    width: card.width, measured: { width: card.width, height: card.height },
    handles: [...card.inputs, ...card.outputs].map((socket) => ({
      id: socket.name, type: socket.side === 'in' ? 'target' as const : 'source' as const,
      position: socket.side === 'in' ? Position.Left : Position.Right, x: socket.x, y: socket.y, width: 1, height: 1,
    })),
  };
}
