import { describe, expect, test, vi } from 'vitest';
import { addCommands, allCommands, canRun, reportFailuresTo, runCommand } from './commands';
import { fit, found } from './find';
import { ariaKeys, keyLabels, matchesKeys } from './keys';
import { path, segments } from './router';
import { chosenLook } from './theme';

const press = (key: string, more: Partial<KeyboardEvent> = {}): KeyboardEvent =>
  ({ key, code: '', ctrlKey: false, metaKey: false, shiftKey: false, altKey: false, ...more }) as KeyboardEvent;

describe('keys', () => {
  test.each([
    ['Ctrl+K', press('k', { ctrlKey: true }), true],
    ['Ctrl+K', press('K', { ctrlKey: true, shiftKey: true }), false],
    ['Ctrl+Shift+A', press('A', { ctrlKey: true, shiftKey: true }), true],
    ['?', press('?', { shiftKey: true }), true],
    ['?', press('?'), true],
    ['/', press('/'), true],
    ['b', press('B'), true],
    ['F9', press('F9'), true],
    ['Alt+ArrowUp', press('ArrowUp', { altKey: true }), true],
    ['ArrowUp', press('ArrowUp', { altKey: true }), false],
    ['Space', press(' '), true],
    ['Ctrl+Enter', press('Enter', { ctrlKey: true }), true],
    ['Ctrl+0', press('à', { ctrlKey: true, code: 'Digit0' }), true],
    ['Ctrl++', press('+', { ctrlKey: true, shiftKey: true }), true],
    ['K', press('k', { ctrlKey: true }), false],
  ])('%s', (keys, event, is) => {
    expect(matchesKeys(event, keys, false)).toBe(is);
  });
  test('Ctrl is Command on a Mac', () => {
    expect(matchesKeys(press('k', { metaKey: true }), 'Ctrl+K', true)).toBe(true);
    expect(matchesKeys(press('k', { ctrlKey: true }), 'Ctrl+K', true)).toBe(false);
    expect(ariaKeys('Ctrl+K', true)).toBe('Meta+K');
  });
  test('they are shown as people know them', () => {
    expect(keyLabels('Ctrl+Enter', false)).toEqual(['Ctrl', '↵']);
    expect(keyLabels('Ctrl+k', false)).toEqual(['Ctrl', 'K']);
    expect(keyLabels('Ctrl++', false)).toEqual(['Ctrl', '+']);
    expect(keyLabels('Alt+ArrowUp', true)).toEqual(['⌥', '↑']);
  });
});

test('paths go there and back', () => {
  expect(segments(path('runs', 'a b/c'))).toEqual(['runs', 'a b/c']);
  expect(segments('//studio//%zz/')).toEqual(['studio', '%zz']);
  expect(segments('/')).toEqual([]);
});

describe('finding', () => {
  const lines = ['Show all keys', 'Go to settings', 'voice-payment', 'Stop all payments'].map((title) => ({ id: title, title, group: title[0] ?? '' }));
  test('the start of a word counts more than its middle', () => {
    expect(found(lines, 'pay').map((line) => line.title)).toEqual(['voice-payment', 'Stop all payments']);
    expect(fit('payments', 'pay')).toBeGreaterThan(fit('repay', 'pay'));
  });
  test('all words must be there, in any order', () => {
    expect(found(lines, 'payments stop')).toHaveLength(1);
    expect(found(lines, 'stop keys')).toHaveLength(0);
  });
  test('initials find, too', () => {
    expect(found(lines, 'gts').map((line) => line.title)).toEqual(['Go to settings']);
  });
  test('groups stay together', () => {
    const mixed = [{ id: '1', title: 'a', group: 'A' }, { id: '2', title: 'b', group: 'B' }, { id: '3', title: 'c', group: 'A' }];
    expect(found(mixed, '').map((line) => line.id)).toEqual(['1', '3', '2']);
  });
});

test('a command runs when it can, and its failure is told', async () => {
  const run = vi.fn();
  const told = vi.fn();
  reportFailuresTo(told);
  let can = false;
  const stop = addCommands([{ id: 'x', title: 'X', group: 'X', when: () => can, run }, { id: 'bad', title: 'B', group: 'X', run: () => Promise.reject(new Error('no')) }]);
  await runCommand('x');
  expect(run).not.toHaveBeenCalled();
  can = true;
  await runCommand('x');
  expect(run).toHaveBeenCalledOnce();
  await runCommand('bad');
  expect(told).toHaveBeenCalledWith(expect.objectContaining({ message: 'no' }));
  expect(allCommands().every(canRun)).toBe(true);
  stop();
  expect(allCommands()).toEqual([]);
});

test('a later command with the same id is not taken away by an earlier one', () => {
  const stopFirst = addCommands([{ id: 'x', title: 'one', group: '', run: () => undefined }]);
  const stopSecond = addCommands([{ id: 'x', title: 'two', group: '', run: () => undefined }]);
  stopFirst();
  expect(allCommands().map((command) => command.title)).toEqual(['two']);
  stopSecond();
});

test('the look is what was chosen, else what the system asks for', () => {
  const system = { theme: 'light', contrast: 'high', motion: 'reduced' } as const;
  expect(chosenLook('system', 'system', 'system', system)).toEqual(system);
  expect(chosenLook('dark', 'normal', 'full', system)).toEqual({ theme: 'dark', contrast: 'normal', motion: 'full' });
  expect(chosenLook('pink', '', '', system)).toEqual(system);
});
