import { expect, test } from 'vitest';
import type { FlowVersion } from '../api/types';
import { against, versionBefore } from './versions';

const version = (digest: string, why: FlowVersion['why'] = 'save', note = ''): FlowVersion => ({ digest, at: Date.UTC(2026, 10, 14), why, note });
const VERSIONS = [version('a', 'restore'), version('b', 'run', 'works'), version('b'), version('a')];

test('the version before is another one', () => {
  expect([0, 1, 2, 3].map((at) => versionBefore(VERSIONS, at)?.digest)).toEqual(['b', 'a', 'a', undefined]);
});

test('each other version can be compared with, once', () => {
  expect(against(VERSIONS, 0, true).map(({ value }) => value)).toEqual(['before', 'alone', 'b']);
  expect(against(VERSIONS, 1, false).map(({ value }) => value)).toEqual(['before', 'now', 'alone', 'a']);
  expect(against(VERSIONS, 3, false).at(-1)).toMatchObject({ value: 'b', hint: 'works' });
  expect(against([version('a')], 0, true).map(({ value }) => value)).toEqual(['alone']);
});
