import { describe, expect, test } from 'vitest';
import type { Json } from '../../api/types';
import { brief, briefOutputs, sortWords } from './brief';
import { findInText, line, linesOf, rowOf } from './lines';
import { bytesOf, peaksOf, position } from './sound';
import { type Proposal, sortOf } from './sorts';
import { piecesOf, placeOfByte } from './spans';
import { byField, csv, fieldsOf, isNumeric } from './table';
import { findInJson, jsonRows } from './tree';

const USD = { asset: 'USD', minor: '2500' };
const said = 'Zahl £5? Send twenty-five dollars to Zoë for the logo design';
const at = (words: string): { start: number; end: number } => {
  const start = Buffer.byteLength(said.slice(0, said.indexOf(words)));
  return { start, end: start + Buffer.byteLength(words) };
};
const proposal = {
  intent: {
    action: 'pay',
    amount: { value: USD, span: at('twenty-five dollars'), confidence: 0.97 },
    payee: { value: { id: 'zoe', name: 'Zoë Chen' }, span: at('Zoë'), confidence: 0.94 },
    purpose: { value: 'the logo design', span: at('the logo design'), confidence: 1 },
  },
  text: said, confidence_milli: 970, spoken: true,
} satisfies Proposal;
const receipt = {
  request: { key: 'k', action: { type: 'pay', amount: USD, payee_name: 'Alice Chen', payee: 'alice', account: 'main', rail: 'credits', address: 'a' } },
  request_digest: 'd', verdict: { outcome: 'ask', code: 'CONSENT', reason: 'r', lines: [], policy: 1 }, decisions: ['x'], surfaces: ['studio'],
  hold: 'h', transfer: 'h', at: 1,
};

describe('what a value is', () => {
  const cases: [Json, string, string][] = [
    ['hello', 'text', '“hello”'],
    ['', 'text', 'empty text'],
    [USD, 'money', '25.00 USD'],
    [{ ...USD, more: 1 }, 'json', '{ asset: "USD", minor: "2500", more: 1 }'],
    [{ name: 'a.wav', media: 'audio/wav', bytes: 10, digest: 'd' }, 'sound', 'a.wav'],
    [{ name: 'a.pdf', media: 'application/pdf', bytes: 20_480, digest: 'd' }, 'file', 'a.pdf, 20 KiB'],
    [proposal as unknown as Json, 'intent', 'pay Zoë Chen 25.00 USD'],
    [receipt as unknown as Json, 'receipt', '25.00 USD to Alice Chen'],
    [{ score10_tenths: 21, factors: [] }, 'risk', '2.1 of 10'],
    [{ outcome: 'ask', code: 'CONSENT', reason: 'A person decides.', lines: [], policy: 1 }, 'verdict', 'ask: A person decides.'],
    [{ answer: 'approved', verdict: { outcome: 'ask', reason: 'A person decides.', lines: [] } }, 'answer', 'approved. A person decides.'],
    [{ text: 'Send it', confidence: 0.8, words: [{ text: 'Send', start_ms: 0, end_ms: 90, confidence: 0.9 }] }, 'transcript', '“Send it”'],
    [{ $large: { bytes: 2_097_152, preview: 'abc' } }, 'large', '2.0 MiB: abc'],
    [[{ a: 1 }, { a: 2 }], 'table', '2 rows'],
    [[1, 2, 3], 'json', '[1, 2, 3]'],
    [[], 'json', '[]'],
    [null, 'json', 'null'],
    [true, 'json', 'true'],
  ];
  test.each(cases)('%j is %s: %s', (value, sort, words) => {
    expect(sortOf(value).sort).toBe(sort);
    expect(brief(value)).toBe(words);
  });
  test('a large list is written no further than it is shown', () => {
    const list = Array.from({ length: 200_000 }, (_, number) => number);
    const before = performance.now();
    expect(brief(list).length).toBeLessThan(130);
    expect(performance.now() - before).toBeLessThan(20);
  });
  test('the most telling output stands for all', () => {
    expect(briefOutputs({ risk: { score10_tenths: 5, factors: [] }, amount: USD })).toBe('0.5 of 10');
    expect([briefOutputs({}), sortWords([1]), sortWords(null), sortWords(false)]).toEqual(['', 'list', 'nothing', 'yes or no']);
  });
});

describe('a JSON tree', () => {
  test('shows what is open', () => {
    const value = { a: [1, { b: 2 }], 'c/d': 'x', e: {} };
    expect(jsonRows(value, new Set())).toHaveLength(1);
    const rows = jsonRows(value, new Set(['', '/a', '/a/1', '/e']));
    expect(rows.map(({ id, label, level, open }) => [id, label, level, open])).toEqual([
      ['', null, 0, true], ['/a', 'a', 1, true], ['/a/0', '0', 2, false], ['/a/1', '1', 2, true], ['/a/1/b', 'b', 3, false],
      ['/c~1d', 'c/d', 1, false], ['/e', 'e', 1, false],
    ]);
  });
  test('a long list comes in groups of groups', () => {
    const value = Array.from({ length: 50_000 }, (_, number) => number);
    const rows = jsonRows(value, new Set(['']));
    expect(rows).toHaveLength(6);
    const [found] = findInJson(value, '31415');
    expect(found?.id).toBe('/31415');
    const open = jsonRows(value, new Set(found?.within));
    expect(open.find(({ id }) => id === '/31415')?.value).toBe(31_415);
    expect(open.length).toBeLessThan(400);
  });
  test('finding looks at keys and values, not at indices', () => {
    const value = { pay: [{ name: 'Payer' }, 7], x: 'a' };
    expect(findInJson(value, 'PAY').map(({ id }) => id)).toEqual(['/pay', '/pay/0/name']);
    expect(findInJson(value, '0')).toEqual([]);
    expect(findInJson(Array.from({ length: 5000 }, () => 'x'), 'x', 10)).toHaveLength(10);
  });
});

describe('long text', () => {
  test('lines join to the text, whatever is in it', () => {
    for (const text of ['', 'one\ntwo\n', '\n\n', 'a'.repeat(25), 'word '.repeat(30), '🙂'.repeat(30), 'a\r\nb']) {
      const lines = linesOf(text, 10);
      expect(lines.slice(0, -1).map((start, row) => text.slice(start, lines[row + 1])).join('')).toBe(text);
      for (const start of lines) expect(/^[\udc00-\udfff]/.test(text.slice(start, start + 1))).toBe(false);
    }
    expect(line('one\r\ntwo', linesOf('one\r\ntwo', 10), 0)).toBe('one');
    expect(linesOf('aaaa bbbb cccc', 10)).toEqual([0, 10, 14]);
  });
  test('2 MB in one line are cut quickly, and places are found', () => {
    const text = 'x'.repeat(2_000_000);
    const before = performance.now();
    const lines = linesOf(text, 100);
    expect(performance.now() - before).toBeLessThan(200);
    expect(lines).toHaveLength(20_001);
    expect([rowOf(lines, 0), rowOf(lines, 99), rowOf(lines, 100), rowOf(lines, 1_999_999)]).toEqual([0, 0, 1, 19_999]);
  });
  test('finding', () => {
    expect(findInText('Alice and alice', 'ALICE')).toEqual([0, 10]);
    expect(findInText('aaaa', 'aa')).toEqual([0, 2]);
    expect(findInText('İx', 'x')).toEqual([1]);
  });
});

test('a sentence in pieces, counted in bytes', () => {
  expect(piecesOf(proposal).map(({ text, slot }) => [text, slot])).toEqual([
    ['Zahl £5? Send ', null], ['twenty-five dollars', 'amount'], [' to ', null], ['Zoë', 'payee'], [' for ', null], ['the logo design', 'purpose'],
  ]);
  expect([placeOfByte('a£b', 0), placeOfByte('a£b', 3), placeOfByte('🙂b', 4), placeOfByte('a', 9)]).toEqual([0, 2, 2, 1]);
});

describe('tables', () => {
  const rows: Record<string, Json>[] = [{ name: 'b', n: 2 }, { name: 'a10', n: 10, more: 'x' }, { name: 'a9' }];
  test('fields, numbers and order', () => {
    expect(fieldsOf(rows)).toEqual(['name', 'n', 'more']);
    expect([isNumeric(rows, 'n'), isNumeric(rows, 'name'), isNumeric(rows, 'none')]).toEqual([true, false, false]);
    expect([...rows].sort(byField('n', true)).map(({ name }) => name)).toEqual(['a10', 'b', 'a9']);
    expect([...rows].sort(byField('name', false)).map(({ name }) => name)).toEqual(['a9', 'a10', 'b']);
  });
  test('spreadsheets get text, not formulas', () => {
    expect(csv([{ a: '=1+1', b: 'x,"y"', c: -3 }], ['a', 'b', 'c'])).toBe('a,b,c\r\n\'=1+1,"x,""y""",-3\r\n');
  });
});

test('sounds', () => {
  expect([...peaksOf(Float32Array.of(0, 0.5, -0.5, 0.25), 2).high]).toEqual([0.5, 0.25]);
  expect([...peaksOf(Float32Array.of(0, 0.5, -0.5, 0.25), 2).low]).toEqual([0, -0.5]);
  expect([...peaksOf(new Float32Array(0), 2).high]).toEqual([0, 0]);
  expect(peaksOf(Float32Array.of(1), 4).high).toHaveLength(4);
  expect([...bytesOf('AQID')]).toEqual([1, 2, 3]);
  expect([position(0), position(3.19), position(75)]).toEqual(['0:00.0', '0:03.1', '1:15.0']);
});
