import { expect, test } from 'vitest';
import type { RunInfo } from '../../api/types';
import { FILTERS, NEWEST, NO_RUNS, changed, fitsText, listed, strip, stripWords, withOlder } from './list';

const run = (id: number, more: Partial<RunInfo> = {}): RunInfo => ({
  run: `run-${String(id).padStart(6, '0')}`, flow_id: 'voice-payment', name: 'Voice payment', flow: 'd', state: 'completed', asking: false, unknown: false,
  started_at: id, ended_at: id + 1, by: 'owner', steps: { total: 8, done: 8, skipped: 0, failed: 0, running: 0, waiting: 0 }, spent: [], ...more,
});
const numbers = (runs: RunInfo[]): number[] => runs.map(({ started_at }) => started_at);
const down = (from: number, count: number): RunInfo[] => Array.from({ length: count }, (_, at) => run(from - at));

test('the newest come whole, then what changes and what goes', () => {
  let pool = changed(NO_RUNS, { runs: [run(3), run(2), run(1)], removed: [], whole: true });
  pool = changed(pool, { runs: [run(4), run(2, { state: 'failed' })], removed: ['run-000001'], whole: false });
  expect(numbers(listed(pool, 'all', ''))).toEqual([4, 3, 2]);
  expect(numbers(listed(pool, 'failed', ''))).toEqual([2]);
  expect(pool.downTo).toBe('');
});

test('after a cut the whole takes the place of all', () => {
  const before = changed(NO_RUNS, { runs: [run(2), run(1)], removed: [], whole: true });
  expect(numbers(listed(changed(before, { runs: [run(3)], removed: [], whole: true }), 'all', ''))).toEqual([3]);
});

test('older ones that a filter brought make no gap in the list of all', () => {
  let pool = changed(NO_RUNS, { runs: down(500, NEWEST), removed: [], whole: true });
  pool = withOlder(pool, [run(20, { state: 'failed' }), run(10, { state: 'failed' })], false, true);
  expect(listed(pool, 'all', '')).toHaveLength(NEWEST);
  expect(numbers(listed(pool, 'failed', ''))).toEqual([20, 10]);
  pool = withOlder(pool, down(400, 100), true, false);
  expect(listed(pool, 'all', '')).toHaveLength(200);
  pool = withOlder(pool, down(300, 300), true, true);
  expect(listed(pool, 'all', '')).toHaveLength(500);
  expect(pool.byId.get('run-000020')?.state).toBe('failed');
});

test('every run is in one filter besides all', () => {
  const runs = [
    run(1), run(2, { state: 'failed' }), run(3, { state: 'cancelled' }), run(4, { state: 'running' }), run(5, { state: 'waiting' }),
    run(6, { state: 'waiting', asking: true }), run(7, { state: 'waiting', asking: true, unknown: true }), run(8, { state: 'running', asking: true }),
  ];
  for (const one of runs) expect(FILTERS.slice(1).filter(({ has }) => has(one))).toHaveLength(1);
});

test('text is looked for in names, ids and errors', () => {
  expect(fitsText(run(1, { error: 'pay: No money.' }), 'VOICE money')).toBe(true);
  expect(fitsText(run(1), 'refund')).toBe(false);
});

test('strips show what there is, however many steps', () => {
  const steps = { total: 8, done: 5, skipped: 0, failed: 0, running: 0, waiting: 1 };
  expect(strip({ steps, asking: true, unknown: false }).join(' ')).toBe('ok ok ok ok ok ask line line');
  expect(strip({ steps, asking: true, unknown: true })[5]).toBe('warn');
  const many = { total: 5000, done: 4998, skipped: 0, failed: 1, running: 1, waiting: 0 };
  expect(strip({ steps: many, asking: false, unknown: false }).join(' ')).toBe(`${'ok '.repeat(12)}danger accent`);
  expect(strip({ steps: { ...many, total: 0, done: 0, failed: 0, running: 0 }, asking: false, unknown: false })).toEqual([]);
  expect(stripWords({ steps: many })).toBe('4999 of 5000 steps, 1 failed');
});
