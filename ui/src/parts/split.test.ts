import { expect, test } from 'vitest';
import { fitPanel } from './split';

test('a panel keeps to its bounds and leaves room for the rest', () => {
  expect(fitPanel(240, 180, 480, 1200, 400)).toBe(240);
  expect(fitPanel(10, 180, 480, 1200, 400)).toBe(180);
  expect(fitPanel(900, 180, 480, 1200, 400)).toBe(480);
  expect(fitPanel(480, 180, 480, 700, 400)).toBe(300);
  // Where both can't be had, the panel has its least.
  expect(fitPanel(480, 180, 480, 500, 400)).toBe(180);
  expect(fitPanel(480, 180, 480, 0, 400)).toBe(480);
});
