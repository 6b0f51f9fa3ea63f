// Pictures of cards, drawn once and kept as long as there is room: a card that moves is then one picture that is put elsewhere.

import type { Point } from '../document/flow';
import type { Card } from './card';
import type { Colours } from './colours';
import { type Face, REACH, castsShadow, drawFace, drawShadow, faceKey, heightOf, opacityOf } from './face';
import type { Viewport } from './viewport';

interface Sprite {
  canvas: HTMLCanvasElement;
  card: Card;
  key: string;
  zoom: number;
  ratio: number;
  pad: number;
  opacity: number;
  /** Where on a pixel the card begins. */
  begins: Point;
}

/** All pictures together have at most this many pixels: 48 MB. */
const MOST_PIXELS = 12_000_000;
const MOST_SHADOWS = 40;

export class Sprites {
  readonly #kept = new Map<string, Sprite>();
  /** What cards cast, by their height: blurring is what takes long, and most cards are of one height. */
  readonly #shadows = new Map<string, HTMLCanvasElement>();
  #pixels = 0;
  #colours: Colours | undefined;

  /** Whether the picture of a card is there as it would be drawn now. */
  has(card: Card, face: Face, view: Viewport, ratio: number): boolean {
    const sprite = this.#kept.get(card.id);
    if (!sprite || sprite.zoom !== view.zoom || sprite.ratio !== ratio || sprite.card !== card) return false;
    const { x, y } = beginning(card, view, ratio);
    return isSame(sprite.begins.x, x) && isSame(sprite.begins.y, y) && sprite.key === faceKey(card, face);
  }

  /** Forgets all pictures where the colours are others. */
  for(colours: Colours): void {
    if (colours === this.#colours) return;
    this.#colours = colours;
    this.#kept.clear();
    this.#shadows.clear();
    this.#pixels = 0;
  }

  /** Draws the picture of a card and keeps it. */
  make(card: Card, face: Face, colours: Colours, view: Viewport, ratio: number): void {
    const { zoom } = view;
    const begins = beginning(card, view, ratio);
    const scale = zoom * ratio;
    const pad = Math.ceil(REACH * scale);
    const height = heightOf(card, face);
    const { canvas, context } = blank(card, height, scale, pad);
    // The part of a pixel goes into the picture, which is then put on whole pixels and is as sharp as the page.
    if (castsShadow(card)) context.drawImage(this.#shadow(card, height, colours, scale, pad), begins.x, begins.y);
    context.setTransform(scale, 0, 0, scale, pad + begins.x, pad + begins.y);
    drawFace(context, card, face, colours, zoom);
    this.#drop(card.id);
    this.#kept.set(card.id, { canvas, card, key: faceKey(card, face), zoom, ratio, pad, opacity: opacityOf(card, face), begins });
    this.#pixels += canvas.width * canvas.height;
    for (const id of this.#kept.keys()) {
      if (this.#pixels <= MOST_PIXELS) break;
      this.#drop(id);
    }
  }

  #shadow(card: Card, height: number, colours: Colours, scale: number, pad: number): HTMLCanvasElement {
    const key = `${height} ${scale}`;
    let canvas = this.#shadows.get(key);
    if (!canvas) {
      const made = blank(card, height, scale, pad);
      made.context.setTransform(scale, 0, 0, scale, pad, pad);
      drawShadow(made.context, card, height, colours, scale);
      canvas = made.canvas;
      if (this.#shadows.size >= MOST_SHADOWS) this.#shadows.clear();
      this.#shadows.set(key, canvas);
    }
    return canvas;
  }

  /** Puts the picture of a card where it belongs, stretched where it was made for another zoom; the context has no scale. False where there is none. */
  put(context: CanvasRenderingContext2D, card: Card, view: Viewport, ratio: number): boolean {
    const sprite = this.#kept.get(card.id);
    if (!sprite || sprite.ratio !== ratio) return false;
    // What was used last is kept longest.
    this.#kept.delete(card.id);
    this.#kept.set(card.id, sprite);
    const { canvas, pad, zoom, opacity, begins } = sprite;
    const [x, y] = [(card.x * view.zoom + view.x) * ratio, (card.y * view.zoom + view.y) * ratio];
    context.globalAlpha = opacity;
    if (zoom === view.zoom) context.drawImage(canvas, Math.round(x - begins.x) - pad, Math.round(y - begins.y) - pad);
    else {
      const by = view.zoom / zoom;
      context.drawImage(canvas, x - pad * by, y - pad * by, canvas.width * by, canvas.height * by);
    }
    context.globalAlpha = 1;
    return true;
  }

  #drop(id: string): void {
    const sprite = this.#kept.get(id);
    if (!sprite) return;
    this.#pixels -= sprite.canvas.width * sprite.canvas.height;
    this.#kept.delete(id);
  }
}

function blank(card: Card, height: number, scale: number, pad: number): { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D } {
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(card.width * scale) + 2 * pad + 1;
  canvas.height = Math.ceil(height * scale) + 2 * pad + 1;
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This window can’t draw.');
  return { canvas, context };
}

/** Where on a pixel a card begins. */
function beginning(card: Card, view: Viewport, ratio: number): Point {
  const part = (value: number): number => value - Math.floor(value);
  return { x: part((card.x * view.zoom + view.x) * ratio), y: part((card.y * view.zoom + view.y) * ratio) };
}

/** Whether two parts of a pixel are the same to the eye; just below one is just above none. */
const isSame = (a: number, b: number): boolean => Math.abs(a - b - Math.round(a - b)) < 0.1;
