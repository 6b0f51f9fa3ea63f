import { expect, test } from 'vitest';
import { rowsIn, scrollTo } from './window';

test('rows that are seen, with some beyond', () => {
  expect(rowsIn(0, 100, 20, 1000)).toEqual({ from: 0, to: 11 });
  expect(rowsIn(2000, 100, 20, 1000)).toEqual({ from: 94, to: 111 });
  expect(rowsIn(19_990, 100, 20, 1000)).toEqual({ from: 993, to: 1000 });
});

test('a list that became shorter than it is scrolled shows nothing, not too much', () => {
  expect(rowsIn(5000, 100, 20, 3)).toEqual({ from: 3, to: 3 });
  expect(rowsIn(0, 0, 20, 0)).toEqual({ from: 0, to: 0 });
});

test('scrolling only as far as is needed', () => {
  expect(scrollTo(5, 0, 200, 20)).toBe(0);
  expect(scrollTo(12, 0, 200, 20)).toBe(60);
  expect(scrollTo(2, 100, 200, 20)).toBe(40);
});
