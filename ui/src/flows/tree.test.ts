import { describe, expect, test } from 'vitest';
import type { FlowInfo } from '../api/types';
import { allFolders, folderNameProblem, freeName, matches, neighbour, tagsOf, treeRows, treeStep, typeAhead } from './tree';

const flow = (id: string, folder = '', more: Partial<FlowInfo> = {}): FlowInfo =>
  ({ id, name: id, description: '', folder, tags: [], nodes: 3, stamp: 's', modified_at: 0, draft: false, ...more });

const FLOWS = [
  flow('refund', 'Payments'), flow('payroll', 'Payments', { tags: ['monthly', 'money'] }), flow('hello', '', { name: 'Hello' }),
  flow('flow-10', 'Payments/old'), flow('flow-9', 'Payments/old', { tags: ['money'] }), flow('émile', 'Marketing', { name: 'Émile' }),
];
const NONE = { text: '', tags: [] };
const OPEN = new Set<string>();
const shown = (closed = OPEN, filter = NONE as Parameters<typeof treeRows>[3], folders: string[] = []): string[] =>
  treeRows(FLOWS, folders, closed, filter).map((row) => `${'  '.repeat(row.level - 1)}${row.name}`);

describe('rows', () => {
  test('are folders, then flows, by name and with numbers in order', () => {
    expect(shown()).toEqual(['Marketing', '  Émile', 'Payments', '  old', '    flow-9', '    flow-10', '  payroll', '  refund', 'Hello']);
  });
  test('of closed folders are not seen', () => {
    expect(shown(new Set(['Payments', 'Marketing']))).toEqual(['Marketing', 'Payments', 'Hello']);
  });
  test('say where they stand among those beside them', () => {
    const rows = treeRows(FLOWS, [], OPEN, NONE);
    expect(rows.map((row) => `${row.name} ${row.at}/${row.of}`)).toContain('payroll 2/3');
    expect(rows.find((row) => row.name === 'Payments')).toMatchObject({ flows: 4, at: 2, of: 3 });
  });
  test('have keys of their own, also where a file was copied by hand', () => {
    const keys = treeRows([flow('a'), flow('a', 'b'), flow('a', 'c')], [], OPEN, NONE).map((row) => row.key);
    expect(new Set(keys).size).toBe(keys.length);
  });
  test('have folders without a flow, but not while a filter is on', () => {
    expect(shown(OPEN, NONE, ['New/in it'])).toContain('  in it');
    expect(shown(OPEN, { text: 'refund', tags: [] }, ['New'])).toEqual(['Payments', '  refund']);
  });
  test('that a filter leaves are open, whatever was closed', () => {
    expect(shown(new Set(['Payments']), { text: '', tags: ['money'] })).toEqual(['Payments', '  old', '    flow-9', '  payroll']);
    expect(shown(OPEN, { text: '', tags: ['money', 'monthly'] })).toEqual(['Payments', '  payroll']);
    expect(shown(OPEN, { text: 'nothing like it', tags: [] })).toEqual([]);
  });
});

test('a filter finds words in any order, without accents', () => {
  expect(matches(flow('a', 'Payments', { name: 'Zoë' }), { text: 'zoe pay', tags: [] })).toBe(true);
  expect(matches(flow('a', 'Payments', { name: 'Zoë' }), { text: 'zoe bill', tags: [] })).toBe(false);
});

test('tags are counted', () => {
  expect(tagsOf(FLOWS)).toEqual([{ tag: 'money', flows: 2 }, { tag: 'monthly', flows: 1 }]);
});

describe('keys', () => {
  const rows = treeRows(FLOWS, [], new Set(['Marketing']), NONE);
  test.each([
    ['flow:hello', 'ArrowDown', {}], ['flow:hello', 'Home', { focus: 'folder:Marketing' }], ['folder:Marketing', 'ArrowUp', {}],
    ['folder:Marketing', 'End', { focus: 'flow:hello' }], ['folder:Marketing', 'ArrowRight', { open: 'Marketing' }],
    ['folder:Payments', 'ArrowRight', { focus: 'folder:Payments/old' }], ['folder:Payments', 'ArrowLeft', { close: 'Payments' }],
    ['flow:refund', 'ArrowLeft', { focus: 'folder:Payments' }], ['flow:hello', 'ArrowLeft', {}], ['flow:refund', 'ArrowRight', {}],
    ['flow:gone', 'ArrowDown', { focus: 'folder:Payments' }], ['flow:hello', 'x', undefined],
  ])('%s %s', (focused, key, step) => {
    expect(treeStep(rows, focused, key)).toEqual(step);
  });
  test('nothing happens in an empty tree', () => {
    expect(treeStep([], undefined, 'ArrowDown')).toBeUndefined();
    expect(typeAhead([], undefined, 'a')).toBeUndefined();
  });
  test('an empty folder is not left to the right', () => {
    expect(treeStep(treeRows([], ['a', 'b'], OPEN, NONE), 'folder:a', 'ArrowRight')).toEqual({});
  });
  test('letters go to names that begin with them, round and round', () => {
    expect(typeAhead(rows, 'folder:Marketing', 'p')).toBe('folder:Payments');
    expect(typeAhead(rows, 'folder:Payments', 'p')).toBe('flow:payroll');
    expect(typeAhead(rows, 'flow:payroll', 'pp')).toBe('folder:Payments');
    expect(typeAhead(rows, 'folder:Payments', 'payr')).toBe('flow:payroll');
    expect(typeAhead(rows, 'flow:payroll', 'payr')).toBe('flow:payroll');
    expect(typeAhead(rows, 'flow:payroll', 'q')).toBeUndefined();
  });
  test('the focus finds a place when its row goes', () => {
    expect(neighbour(rows, 'flow:payroll')).toBe('flow:refund');
    expect(neighbour(rows, 'flow:hello')).toBe('flow:refund');
  });
});

test('folders to move into', () => {
  expect(allFolders(FLOWS, ['a/b/c'])).toEqual(['a', 'a/b', 'a/b/c', 'Marketing', 'Payments', 'Payments/old']);
});

test('names that are free or can’t be', () => {
  expect(freeName('New flow', ['new flow', 'New flow 2'])).toBe('New flow 3');
  expect(freeName('New flow', [])).toBe('New flow');
  expect([' ', '.git', 'a/b', 'Old'].map((name) => folderNameProblem(name, ['old']) !== undefined)).toEqual([true, true, true, true]);
  expect(folderNameProblem('New', ['old'])).toBeUndefined();
});
