import { describe, expect, test } from 'vitest';
import type { Moment, StepState } from '../api/types';
import { roundWords } from '../editor/frame-words';
import { stepped } from '../editor/round-step';
import { changesIn } from '../editor/run-view';
import { chain } from '../document/fixtures';
import { stepPath } from '../document/frames';
import { type Flow } from '../document/flow';
import { RunFold } from './fold';
import { stepName } from './names';
import { RoundBook, isShown, roundsOn } from './rounds';

let seq = 0;
const moment = (...steps: [path: string, state: StepState][]): Moment => ({
  seq: (seq += 1), at: seq, event: 'finished', level: 'info', text: '', steps: steps.map(([path, state]) => ({ path, state })),
});
const none = (_path: string): boolean => false;

describe('the iterations of a frame', () => {
  test('are read from paths, by the frame without those around it', () => {
    expect(roundsOn('rows[2]/cells[0]/x')).toEqual([{ frame: 'rows', number: 2, path: 'rows[2]' }, { frame: 'cells', number: 0, path: 'rows[2]/cells[0]' }]);
    expect(roundsOn('guard/each[1]/x')).toEqual([{ frame: 'guard/each', number: 1, path: 'guard/each[1]' }]);
    expect(roundsOn('guard/x')).toEqual([]);
  });
  test('are shown one by one, those inside of others too', () => {
    const choice = new Map([['rows', 2], ['cells', 1]]);
    expect(['rows[2]/cells[1]/x', 'rows[2]/cells[0]/x', 'rows[1]/cells[1]/x', 'rows[2]/y', 'z'].map((path) => isShown(path, choice))).toEqual([true, false, false, true, true]);
    expect(isShown('rows[2]/cells[0]/x', choice, 'cells')).toBe(true);
  });
  test('are counted as they begin and end; a failure that goes on by a wire is none', () => {
    const fold = new RunFold().append([
      moment(['each[0]/a', 'running'], ['each[0]/b', 'pending'], ['each[1]/a', 'running'], ['each[1]/b', 'pending']),
      moment(['each[0]/a', 'done'], ['each[0]/b', 'running']),
      moment(['each[0]/b', 'done'], ['each[1]/a', 'failed'], ['each[1]/b', 'skipped'], ['each[2]/a', 'running']),
    ]);
    const book = new RoundBook();
    const at = (index: number, isCaught = none) => book.of(fold, 'each', new Map(), index, isCaught);
    expect([at(-1), at(0), at(1)]).toEqual([undefined, { begun: 2, over: 0, failed: [], chosen: undefined }, { begun: 2, over: 0, failed: [], chosen: undefined }]);
    expect(at(2)).toEqual({ begun: 3, over: 2, failed: [1], chosen: undefined });
    expect(at(2, (path) => path === 'each[1]/a')?.failed).toEqual([]);
    fold.append([moment(['each[2]/a', 'done'], ['each[3]/a', 'done'])]);
    expect(at(3)).toMatchObject({ begun: 4, over: 4 });
    expect(book.of(fold, 'other', new Map(), 3, none)).toBeUndefined();
  });
  test('of an inner frame are those of the outer one that is shown', () => {
    const fold = new RunFold().append([moment(['rows[0]/cells[0]/x', 'done'], ['rows[1]/cells[0]/x', 'done'], ['rows[1]/cells[1]/x', 'failed'])]);
    const book = new RoundBook();
    expect(book.of(fold, 'cells', new Map(), 0, none)).toMatchObject({ begun: 3, over: 3, failed: [1] });
    expect(book.of(fold, 'cells', new Map([['rows', 0]]), 0, none)).toMatchObject({ begun: 1, failed: [] });
    expect(book.of(fold, 'rows', new Map([['rows', 1]]), 0, none)).toMatchObject({ begun: 2, chosen: 1 });
  });
  test('are gone through from all of them to the last', () => {
    expect([undefined, 0, 1, 2].map((chosen) => stepped({ chosen, begun: 3 }, 1))).toEqual([0, 1, 2, 2]);
    expect([undefined, 0, 2].map((chosen) => stepped({ chosen, begun: 3 }, -1))).toEqual([undefined, undefined, 1]);
  });
  test('are told in words', () => {
    const rounds = { begun: 4, of: 10, over: 3, failed: [1], chosen: undefined };
    expect([roundWords('for-each', rounds), roundWords('for-each', { ...rounds, of: undefined, failed: [] }), roundWords('repeat', { ...rounds, failed: [] })]).toEqual(['3 of 10, 1 failed', '3 of 4', '4 rounds']);
  });
});

describe('steps in frames that run once', () => {
  const frames: Flow['frames'] = new Map([
    ['each', { id: 'each', kind: 'for-each' as const, name: 'Each guest', members: ['guard'], config: {} }],
    ['guard', { id: 'guard', kind: 'try' as const, name: '', members: ['a'], config: {} }],
  ]);
  const flow: Flow = { ...chain('a b', 'a>b'), frames };
  test('have the frame in their paths', () => {
    expect([stepPath(flow, 'a'), stepPath(flow, 'guard'), stepPath(flow, 'b')]).toEqual(['guard/a', 'guard', 'b']);
    expect(stepName(flow, () => undefined, 'each[1]/guard/a')).toMatchObject({ title: 'A', within: 'Each guest 2, Guard', kind: 'set' });
  });
  test('are found on the canvas by them', () => {
    const ids = new Map([['guard/a', 'a']]);
    const change = { nodes: ['guard/a', 'call/a'], gave: ['guard/a.out'] };
    expect(changesIn(flow.edges, change, '', (path) => ids.get(path))).toEqual({ nodes: ['a'], edges: ['a.out>b.in'], pulses: ['a.out>b.in'] });
  });
});
