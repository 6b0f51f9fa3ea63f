import { expect, test } from 'vitest';
import { ApiFailure } from '../api/failure';
import { fileName, readText, stem } from './files';

test('names', () => {
  expect(fileName('hello')).toBe('hello.flow.json');
  expect(['hello.flow.json', 'a.b.json', 'notes.txt', '.json'].map(stem)).toEqual(['hello', 'a.b', 'notes.txt', '.json']);
});

test('a text is read as it is', async () => {
  expect(await readText(new File(['{"name":"Zoë"}\n'], 'a.flow.json'))).toBe('{"name":"Zoë"}\n');
});

test.each([
  ['nothing', new File([], 'a.json'), 'It is empty.'],
  ['a picture', new File([new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff])], 'a.png'), 'It is not text.'],
  ['a film', { size: 5e9, name: 'a.mp4' } as File, 'It is larger than any flow.'],
  ['a folder', { size: 4096, name: 'a', arrayBuffer: () => Promise.reject(new Error('NotFoundError')) } as unknown as File, 'It can’t be read.'],
])('%s is refused with a reason', async (_, file, message) => {
  const refused = await readText(file).catch((thrown: unknown) => thrown);
  expect(refused).toBeInstanceOf(ApiFailure);
  expect(refused).toMatchObject({ message });
  expect((refused as ApiFailure).hint).not.toBe('');
});
