import { describe, expect, test } from 'vitest';
import type { Moment, StepState } from '../api/types';
import { RunFold } from './fold';
import { place, roomFor, shifted, showing, stretchTone, stretches, tickStep, tickWords, ticks, took, zoomed } from './timeline';

const moved = (seq: number, at: number, state: StepState, more: Partial<Moment> = {}): Moment =>
  ({ seq, at, event: 'finished', level: 'info', text: '', path: 'a', steps: [{ path: 'a', state }], ...more });

describe('stretches', () => {
  const fold = new RunFold().append([
    moved(1, 0, 'pending', { event: 'started' }),
    moved(2, 10, 'running'),
    moved(3, 30, 'sleeping', { event: 'failed', attempt: 1, took_us: 19_500 }),
    moved(4, 90, 'running', { event: 'woke' }),
    moved(5, 95, 'asking', { event: 'gated', attempt: 2 }),
    moved(6, 12_095, 'running', { event: 'replied' }),
    moved(7, 12_100, 'done', { attempt: 2, took_us: 400 }),
  ]);
  const track = fold.tracks.get('a');
  if (!track) throw new Error('There is no such step.');

  test('one for each manner of being under way, with its attempt and what came of it', () => {
    expect(stretches(fold, track, 6).map(({ state, attempt, from, to, then }) => [state, attempt, from, to, then])).toEqual([
      ['running', 1, 10, 30, 'sleeping'],
      ['sleeping', 1, 30, 90, 'running'],
      ['running', 2, 90, 95, 'asking'],
      ['asking', 2, 95, 12_095, 'running'],
      ['running', 2, 12_095, 12_100, 'done'],
    ]);
  });
  test('at an earlier moment the last goes on', () => {
    const list = stretches(fold, track, 4);
    expect(list.at(-1)).toEqual({ state: 'asking', attempt: 2, from: 95, to: null, then: null, broke: false });
    expect(took(list, 1095)).toBe(1085);
    expect(took(stretches(fold, track, 0), 5)).toBeNull();
  });
  test('colours tell what came of it', () => {
    expect(stretches(fold, track, 6).map(stretchTone)).toEqual(['danger', 'text-3', 'ok', 'ask', 'ok']);
    expect(stretchTone({ state: 'running', then: null, broke: false })).toBe('accent');
    // A step that only waits has not failed.
    expect(stretchTone({ state: 'running', then: 'sleeping', broke: false })).toBe('ok');
  });
  test('what the program measured is taken for a single attempt', () => {
    const quick = new RunFold().append([moved(1, 0, 'running'), moved(2, 0, 'done', { took_us: 100 })]);
    expect(took(stretches(quick, quick.order[0] as typeof track, 1), 0)).toBe(0.1);
  });
});

describe('the axis', () => {
  test('has room, and keeps its end while time goes on', () => {
    expect([0, 5, 12_400, 14_000, 14_200, 70_000].map(roomFor)).toEqual([10, 10, 15_000, 15_000, 20_000, 80_000]);
  });
  test('ticks stand apart and are in the view', () => {
    expect(ticks({ from: 0, to: 15_000 }, 500)).toEqual([0, 3000, 6000, 9000, 12_000, 15_000]);
    expect(ticks({ from: 100, to: 160 }, 600)).toEqual([100, 110, 120, 130, 140, 150, 160]);
    expect(tickStep({ from: 0, to: 40 * 86_400_000 }, 400)).toBeGreaterThan(86_400_000);
  });
  test.each([[0, 3000, '0 s'], [3000, 3000, '3 s'], [500, 500, '0.5 s'], [20, 20, '20 ms'], [90_000, 30_000, '1 min 30 s'], [120_000, 60_000, '2 min'],
    [5_400_000, 1_800_000, '1 h 30 min'], [1020, 20, '1.02 s']])('%d at steps of %d is %s', (at, step, words) => {
    expect(tickWords(at, step)).toBe(words);
  });
  test('zooming keeps the place under the pointer and stays within the whole', () => {
    const whole = { from: 0, to: 1000 };
    expect(zoomed(whole, whole, 2, 0.25)).toEqual({ from: 125, to: 625 });
    expect(zoomed({ from: 0, to: 500 }, whole, 0.1, 0.5)).toEqual(whole);
    const near = zoomed(whole, whole, 1e9, 0.5);
    expect(near.to - near.from).toBe(2);
    expect(shifted({ from: 100, to: 200 }, whole, 5000)).toEqual({ from: 900, to: 1000 });
    expect(showing({ from: 0, to: 100 }, whole, 700)).toEqual({ from: 650, to: 750 });
    expect(place({ from: 100, to: 200 }, 150)).toBe(0.5);
  });
});
