import { expect, test } from 'vitest';
import { type Flow, emptyFlow } from '../document/flow';
import { changedThings, fieldWords, marksOf, valueWords } from './changes';

const flow = (...nodes: [id: string, kind: string, name?: string][]): Flow =>
  ({ ...emptyFlow('f', 'F'), nodes: new Map(nodes.map(([id, kind, name = '']) => [id, { id, kind, version: 1, name, config: {} }])) });

const BEFORE = flow(['a', 'input'], ['b', 'template', 'Say it'], ['d', 'delay']);
const AFTER = flow(['a', 'input'], ['b', 'template', 'Say it'], ['c', 'log']);
const DIFF = {
  flow: [{ field: '/description', before: '', after: 'New' }],
  nodes_added: [{ id: 'c' }], nodes_removed: [{ id: 'd' }],
  nodes_changed: { b: [{ field: '/config/text', before: 'Hello', after: 'Good day' }, { field: '/timeout_ms', after: 5 }] },
  edges_added: [{ from: 'a.name', to: 'c.value' }], edges_removed: [{ from: 'a.name', to: 'd.value' }], edges_reordered: ['b.parts'],
};

test('each side marks what it has', () => {
  const { before, after } = marksOf(DIFF);
  expect([...before.nodes]).toEqual([['d', 'removed'], ['b', 'changed']]);
  expect([...after.nodes]).toEqual([['c', 'added'], ['b', 'changed']]);
  expect([...before.wires]).toEqual([['a.name>d.value', 'removed']]);
  expect([...after.wires]).toEqual([['a.name>c.value', 'added']]);
  expect(marksOf({}).after.nodes.size).toBe(0);
});

test('what differs is told in words', () => {
  const things = changedThings(DIFF, BEFORE, AFTER, new Map([['log', { title: 'Log', icon: 'scroll-text' }]]));
  expect(things.map(({ mark, what }) => `${mark} ${what}`)).toEqual([
    'changed The flow itself', 'added Log', 'removed Delay', 'changed Say it',
    'added Wire Input · name → Log · value', 'removed Wire Input · name → Delay · value', 'changed Order of the wires into b.parts',
  ]);
  expect(things[0]?.fields).toEqual([{ field: 'description', before: '(empty)', after: 'New' }]);
  expect(things[3]?.fields).toEqual([{ field: 'text', before: 'Hello', after: 'Good day' }, { field: 'timeout ms', after: '5' }]);
  expect(changedThings({}, BEFORE, BEFORE, new Map())).toEqual([]);
});

test('fields and values', () => {
  expect(['/config/ports/0/help', '/config', '/name', '', '/config/a~1b'].map(fieldWords)).toEqual(['ports › 1 › help', 'config', 'name', 'everything', 'a/b']);
  expect(valueWords({ a: [1, null] })).toBe('{"a":[1,null]}');
  expect(valueWords('x'.repeat(1000))).toHaveLength(601);
});
