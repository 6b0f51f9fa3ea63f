import { expect, test } from 'vitest';
import { treeMove, treeRows, typeAhead } from './tree';

const items = [
  { id: 'p', label: 'Payments', children: [{ id: 'v', label: 'voice-payment' }, { id: 'r', label: 'refund' }] },
  { id: 'm', label: 'Marketing', children: [] },
  { id: 'h', label: 'hello' },
];
const open = treeRows(items, new Set(['p']));

test('rows are those of open branches', () => {
  expect(treeRows(items, new Set()).map((row) => row.item.id)).toEqual(['p', 'm', 'h']);
  expect(open.map((row) => `${row.level}${row.item.id}`)).toEqual(['1p', '2v', '2r', '1m', '1h']);
});

test('arrows go through rows, open and close', () => {
  expect(treeMove(open, 0, 'ArrowRight')).toEqual({ to: 'v' });
  expect(treeMove(open, 1, 'ArrowLeft')).toEqual({ to: 'p' });
  expect(treeMove(open, 0, 'ArrowLeft')).toEqual({ close: 'p' });
  expect(treeMove(open, 3, 'ArrowRight')).toEqual({ open: 'm' });
  expect(treeMove(open, 4, 'ArrowDown')).toBeNull();
  expect(treeMove(open, 0, 'End')).toEqual({ to: 'h' });
  expect(treeMove(open, 4, 'ArrowRight')).toBeNull();
});

test('typing finds the next that begins so', () => {
  expect(typeAhead(open, 0, 'm')).toBe('m');
  expect(typeAhead(open, 3, 'm')).toBe('m');
  expect(typeAhead(open, 4, 'RE')).toBe('r');
  expect(typeAhead(open, 0, 'zz')).toBeNull();
});
