import { expect, test } from 'vitest';
import { hintHere } from './hints';

test('hints speak of this window where it has a place for what they name', () => {
  expect(hintHere('List them with `assent runs`.')).toBe('The list of runs has those there are.');
  expect(hintHere('Name its file, or put it into /w/flows as x.flow.json.')).toBe('It may have been deleted; look into the bin.');
  expect(hintHere('Set it with `assent secret set`.')).toBe('Set it with “assent secret set” in a terminal.');
  expect(hintHere('Check the path and who may use it.', '/w/a.json can\'t be written: No space left on device (os error 28).')).toMatch(/^The disk is full/);
  expect(hintHere('Correct the value.')).toBe('Correct the value.');
});
