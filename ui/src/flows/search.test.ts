import { expect, test } from 'vitest';
import { hitGroups, pieces, placeWords } from './search';

const hit = (flow: string, place: string, node?: string): Parameters<typeof placeWords>[0] =>
  ({ flow, name: flow.toUpperCase(), place, excerpt: 'x', node: node ?? null });

test('hits stand under their flows, without those the tree shows', () => {
  const groups = hitGroups([hit('a', 'name'), hit('b', '/text', 'n'), hit('a', 'name', 'n'), hit('b', 'tag')]);
  expect(groups.map(({ flow, name, hits }) => [flow, name, hits.length])).toEqual([['b', 'B', 2], ['a', 'A', 1]]);
});

test('places are told in words', () => {
  expect([placeWords(hit('a', '/ports/0/help', 'n')), placeWords(hit('a', 'description'))]).toEqual(['ports › 1 › help', 'description']);
});

test('what was looked for is marked, whatever its case', () => {
  const marked = (text: string, wanted: string): string => pieces(text, wanted).map((piece) => (piece.found ? `[${piece.text}]` : piece.text)).join('');
  expect(marked('Send MONEY, money.', 'money')).toBe('Send [MONEY], [money].');
  expect([marked('abc', ' '), marked('abc', 'x'), marked('', 'x'), marked('İzmir izmir', 'izmir')]).toEqual(['abc', 'abc', '', 'İzmir izmir']);
});
