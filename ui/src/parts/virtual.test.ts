import { expect, test } from 'vitest';
import { rowAfterKey, scrollToRow, visibleSlice } from './virtual';

test('only rows near the view are drawn', () => {
  expect(visibleSlice(0, 280, 28, 10_000)).toEqual({ from: 0, to: 17 });
  expect(visibleSlice(28_000, 280, 28, 10_000)).toEqual({ from: 994, to: 1017 });
});

test('the end of the list, a short list and an empty one', () => {
  expect(visibleSlice(279_720, 280, 28, 10_000).to).toBe(10_000);
  expect(visibleSlice(0, 280, 28, 3)).toEqual({ from: 0, to: 3 });
  expect(visibleSlice(0, 280, 28, 0)).toEqual({ from: 0, to: 0 });
  // The list became shorter than where the view was.
  const slice = visibleSlice(9999, 280, 28, 20);
  expect(slice.from).toBeLessThanOrEqual(9);
  expect(slice.to).toBe(20);
});

test('every row of the view is in the slice, wherever it is', () => {
  for (let top = 0; top < 2000; top += 13) {
    const { from, to } = visibleSlice(top, 280, 28, 100, 0);
    expect(from * 28).toBeLessThanOrEqual(Math.min(top, 100 * 28 - 280));
    expect(to * 28).toBeGreaterThanOrEqual(Math.min(top + 280, 2800));
  }
});

test('a row comes into view by the shortest way', () => {
  expect(scrollToRow(0, 500, 280, 28)).toBe(0);
  expect(scrollToRow(20, 500, 280, 28)).toBe(500);
  expect(scrollToRow(100, 0, 280, 28)).toBe(2548);
});

test('keys', () => {
  expect(rowAfterKey('ArrowDown', -1, 3, 10)).toBe(0);
  expect(rowAfterKey('ArrowUp', -1, 3, 10)).toBe(0);
  expect(rowAfterKey('ArrowDown', 2, 3, 10)).toBe(2);
  expect(rowAfterKey('PageDown', 0, 100, 10)).toBe(10);
  expect(rowAfterKey('End', 0, 100, 10)).toBe(99);
  expect(rowAfterKey('a', 0, 100, 10)).toBeNull();
  expect(rowAfterKey('Home', 0, 0, 10)).toBeNull();
});
