import { describe, expect, test } from 'vitest';
import type { Json } from '../../api/types';
import { readJson } from '../../document/exact';
import { readFlow } from '../../document/read';
import { asSet, plain, settables } from './by-hand';
import { type Rehearsal, type Rehearsed, differing, endingWords, gave, summary } from './rehearsal';
import { flowRef } from './version';

describe('values set by hand', () => {
  const outputs: Record<string, Record<string, Json>> = { a: { text: 'one', size: 3 }, b: { out: { $large: { bytes: 9, preview: 'x' } }, more: true } };
  const all = settables(['a', 'b', 'nothing'], (path) => outputs[path]);
  test('can be any that the steps before gave', () => {
    expect(all.map(({ id }) => id)).toEqual(['a text', 'a size', 'b out', 'b more']);
  });
  test('are sent with what else their step gave, large values whole', async () => {
    const whole = (one: { port: string; value: Json }): Promise<Json> => Promise.resolve(one.port === 'out' ? 'all of it' : one.value);
    expect(await asSet(all, {}, whole)).toEqual([]);
    expect(await asSet(all, { 'a size': 4 }, whole)).toEqual([{ path: 'a', port: 'text', value: 'one' }, { path: 'a', port: 'size', value: 4 }]);
    expect(await asSet(all, { 'b more': null }, whole)).toEqual([{ path: 'b', port: 'out', value: 'all of it' }, { path: 'b', port: 'more', value: null }]);
  });
  test('are plain JSON, and no number changes on its way', () => {
    expect(plain(readJson('{"a":[1.0,"x",{"b":1e2}]}'))).toEqual({ a: [1, 'x', { b: 100 }] });
    expect(plain(readJson('{"a":[9007199254740993]}'))).toBeUndefined();
    expect([plain(false), plain(null), plain('')]).toEqual([false, null, '']);
  });
});

test('a version is told by its id, with what is not saved as its text', () => {
  const flow = readFlow(JSON.stringify({ schema: 'assent.flow/1', id: 'f', name: 'F', nodes: [], edges: [] }));
  expect(flowRef('ran', 'f', { isChanged: true, flow })).toBeUndefined();
  expect([flowRef('now', 'f', undefined), flowRef('now', 'f', { isChanged: false, flow })]).toEqual([{ id: 'f' }, { id: 'f' }]);
  expect(flowRef('now', 'f', { isChanged: true, flow })).toMatchObject({ file: { file: 'f', text: expect.stringContaining('"id": "f"') as string } });
});

describe('a rehearsal', () => {
  const step = (what: Rehearsed['what'], more: Partial<Rehearsed> = {}): Rehearsed => ({ path: what, what, was: null, now: null, error: null, ...more });
  test('is told by what differs first', () => {
    const steps = [step('same'), step('same'), step('changed'), step('stopped'), step('new')];
    expect(summary(steps)).toBe('1 changed, 1 new, 1 stopped, 2 the same');
    expect(differing(steps).map(({ what }) => what)).toEqual(['changed', 'stopped', 'new']);
  });
  test('says what each side gave', () => {
    const changed = step('changed', { was: { text: 'Hello' }, error: 'No host answers.' });
    expect([gave(changed, 'was'), gave(changed, 'now')]).toEqual(['“Hello”', 'No host answers.']);
    expect([gave(step('new', { now: {} }), 'was'), gave(step('new', { now: {} }), 'now')]).toEqual([undefined, 'gave nothing']);
  });
  test('says how it would end', () => {
    const of = (ending: Rehearsal['ending']): string => endingWords({ ending }, (path) => path.toUpperCase());
    expect(of({ ending: 'completed', outputs: {}, failure: null })).toBe('It would end as done.');
    expect(of({ ending: 'failed', outputs: {}, failure: { path: 'pay', code: 'X', message: 'No money.', hint: '' } })).toBe('It would fail at PAY: No money.');
    expect(endingWords({ ending: null }, (path) => path)).toBe('');
  });
});
