import { describe, expect, test } from 'vitest';
import { clipOf, paste, readClip, writeClip } from './clipboard';
import { exactNumber, isExactText, numberText, readJson, writeJson } from './exact';
import { emptyFlow } from './flow';
import { readFlow } from './read';
import { writeFlow } from './write';

describe('numbers are kept as they are written', () => {
  const written = ['9007199254740993', '-9007199254740993', '18446744073709551615', '1.0', '1e3', '1E400', '0.1234567890123456789', '-0', '12', '-3.5', '0'];
  test.each(written)('%s', (digits) => {
    expect(writeJson(readJson(`{"a":[${digits}]}`))).toBe(`{"a":[${digits}]}`);
    expect(numberText(exactNumber(digits))).toBe(digits);
  });
  test('those that JavaScript holds are plain numbers', () => {
    expect(readJson('[1, -2, 0.5, 9007199254740991]')).toEqual([1, -2, 0.5, 9007199254740991]);
    expect(isExactText((readJson('[9007199254740993]') as string[])[0])).toBe(true);
  });
  test('texts stay texts, whatever they say', () => {
    const texts = ['9007199254740993', '\\udbff12', 'a "1.0" b', '\\', 'x\n9007199254740993', ''];
    expect(readJson(writeJson(texts))).toEqual(texts);
  });
  test('what is no JSON is refused', () => {
    for (const text of ['01', '1.', '[1.0', '{"a":00.1}', '9007199254740993x']) expect(() => readJson(text)).toThrow(SyntaxError);
  });
});


test('a flow keeps the numbers of its config through reading, an edit, the clipboard and writing', () => {
  const text = writeFlow({
    ...emptyFlow('f', 'F'),
    nodes: new Map([['n', { id: 'n', kind: 'set', version: 1, name: '', config: { big: exactNumber('9007199254740993'), list: [exactNumber('1.0')] } }]]),
  });
  expect(text).toContain('"big": 9007199254740993');
  const flow = readFlow(text);
  expect(writeFlow({ ...flow, name: 'G' })).toContain('"big": 9007199254740993');
  expect(writeFlow(flow)).toBe(text);
  const clip = readClip(writeClip(clipOf(flow, new Set(['n']))));
  expect(writeFlow(paste(emptyFlow('g', 'G'), clip, { x: 0, y: 0 }, () => []).flow)).toContain('1.0');
});
