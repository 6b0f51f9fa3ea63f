// The strokes of an icon, as the canvas draws them: read once from the icon that the page shows.

import { mount, unmount } from 'svelte';
import type { Icon } from '../words/state';

const paths = new Map<Icon, Path2D>();

/** An icon as a path in a box of 24. */
export function iconPath(icon: Icon): Path2D {
  let path = paths.get(icon);
  if (!path) {
    const target = document.createElement('div');
    const made = mount(icon, { target, props: {} });
    path = new Path2D();
    for (const shape of target.querySelectorAll('svg > *')) add(path, shape);
    void unmount(made);
    paths.set(icon, path);
  }
  return path;
}

function add(path: Path2D, shape: Element): void {
  const read = (name: string): number => Number(shape.getAttribute(name) ?? 0);
  switch (shape.tagName) {
    case 'path':
      path.addPath(new Path2D(shape.getAttribute('d') ?? ''));
      break;
    case 'circle':
      path.moveTo(read('cx') + read('r'), read('cy'));
      path.arc(read('cx'), read('cy'), read('r'), 0, 2 * Math.PI);
      break;
    case 'ellipse':
      path.moveTo(read('cx') + read('rx'), read('cy'));
      path.ellipse(read('cx'), read('cy'), read('rx'), read('ry'), 0, 0, 2 * Math.PI);
      break;
    case 'rect':
      path.roundRect(read('x'), read('y'), read('width'), read('height'), read('rx'));
      break;
    case 'line':
      path.moveTo(read('x1'), read('y1'));
      path.lineTo(read('x2'), read('y2'));
      break;
    case 'polyline': case 'polygon': {
      const points = (shape.getAttribute('points') ?? '').trim().split(/[\s,]+/).map(Number);
      for (let at = 0; at + 1 < points.length; at += 2) path.lineTo(points[at] ?? 0, points[at + 1] ?? 0);
      if (shape.tagName === 'polygon') path.closePath();
    }
  }
}
