import { expect, test } from 'vitest';
import { guides, pulled } from './guides';

const box = (x: number, y: number, width = 220, height = 80) => ({ x, y, width, height });

test('a box is pulled into line by the nearest edge or middle, each axis for itself', () => {
  expect(pulled(box(4, 300), [box(0, 0)], 6)).toEqual({ x: -4, y: undefined });
  expect(pulled(box(300, 5), [box(0, 0)], 6)).toEqual({ x: undefined, y: -5 });
  // Its middle with a taller one's.
  expect(pulled(box(300, 22), [box(0, 0, 220, 120)], 6)).toEqual({ x: undefined, y: -2 });
  // Its left edge with another's right one.
  expect(pulled(box(223, 500), [box(0, 0)], 6)).toEqual({ x: -3, y: undefined });
  expect(pulled(box(7, 300), [box(0, 0)], 6)).toEqual({ x: undefined, y: undefined });
  expect(pulled(box(0, 0), [], 6)).toEqual({ x: undefined, y: undefined });
  expect(pulled(box(5, 300), [box(0, 0), box(7, 600)], 6).x).toBe(2);
});

test('lines go through everything that stands in line', () => {
  expect(guides(box(0, 300), [box(0, 0), box(500, 700)])).toEqual([
    { axis: 'x', at: 0, from: 0, to: 380 }, { axis: 'x', at: 220, from: 0, to: 380 },
  ]);
  expect(guides(box(300, 20), [box(0, 0, 220, 120)])).toEqual([{ axis: 'y', at: 60, from: 0, to: 520 }]);
  expect(guides(box(300, 300), [box(0, 0)])).toEqual([]);
});
