import { expect, test } from 'vitest';
import { keptInput, readInput } from './node-inputs';

const port = (type: string, required = true): { type: string; required: boolean } => ({ type, required });

test.each([
  ['text', ' as it is ', ' as it is '],
  ['number', ' 12.5 ', 12.5],
  ['bool', 'true', true],
  ['money', '1250.5 USD', { asset: 'USD', minor: '125050' }],
  ['money', '0.000000000000000001 ETH', { asset: 'ETH', minor: '1' }],
  ['list<text>', '["a"]', ['a']],
  ['json', '{"a": null}', { a: null }],
  ['any', 'plain words', 'plain words'],
  ['any', '3', 3],
])('a %s is read', (type, text, value) => {
  expect(readInput(port(type), { text })).toEqual({ value });
});

test('what is left out and need not be there is not given', () => {
  expect(readInput(port('money', false), undefined)).toEqual({ value: undefined });
  expect(readInput(port('text', false), { text: '' })).toEqual({ value: undefined });
  expect(readInput(port('text'), { text: '' })).toEqual({ value: '' });
});

test.each([
  ['number', 'twelve'], ['money', '25'], ['money', '1.001 USD'], ['list<text>', '{}'], ['json', '{'], ['file', ''], ['verdict', ''],
])('what is wrong with a %s is said', (type, text) => {
  expect(readInput(port(type), { text })).toHaveProperty('problem');
});

test.each([
  ['text', '"quoted"'], ['any', '12'], ['any', 'words'], ['any', { a: [1] }], ['number', 0.1], ['bool', false], ['json', null],
  ['money', { asset: 'USD', minor: '184000' }], ['money', { asset: 'ETH', minor: '2000000000000000' }],
  ['audio', { name: 'a.wav', media: 'audio/wav', bytes: 4, digest: 'aa' }], ['list<money>', [{ asset: 'USD', minor: '1' }]],
])('a %s of a run comes back as it was', (type, value) => {
  expect(readInput(port(type), keptInput(type, value))).toEqual({ value });
});
