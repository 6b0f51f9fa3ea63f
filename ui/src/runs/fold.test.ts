import { describe, expect, test } from 'vitest';
import type { Moment, StepState } from '../api/types';
import { RunFold, lastUpTo, withoutIterations } from './fold';

const STATES: StepState[] = ['pending', 'running', 'asking', 'sleeping', 'unknown', 'done', 'skipped', 'failed'];

function moment(seq: number, more: Partial<Moment> = {}): Moment {
  return { seq, at: 1000 + seq * 10, event: 'finished', level: 'info', text: '', steps: [], ...more };
}

/** The same, folded from the beginning each time. */
function plainly(moments: Moment[], index: number): Map<string, StepState> {
  const states = new Map<string, StepState>();
  for (const { steps } of moments.slice(0, index + 1)) for (const { path, state } of steps) states.set(path, state);
  return states;
}

/** A run that goes anywhere, the same for the same seed. */
function wild(count: number, steps: number, seed = 1): Moment[] {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
  return Array.from({ length: count }, (_, at) => {
    const moved = Array.from({ length: 1 + next(3) }, () => ({ path: `step-${next(steps)}`, state: STATES[next(STATES.length)] as StepState }));
    const [first] = moved;
    return moment(at + 1, { at: 5000 + at * 3 - next(5), ...(first && { path: first.path }), steps: moved, outputs: { out: at } });
  });
}

describe('a fold', () => {
  test('is at every moment what folding from the beginning gives', () => {
    for (const seed of [1, 2, 3]) {
      const moments = wild(300, 12, seed);
      const fold = new RunFold().append(moments);
      for (let index = -1; index < moments.length; index += 1) {
        const states = plainly(moments, index);
        const picture = fold.picture(index);
        expect(new Map([...picture].sort())).toEqual(new Map([...states].sort()));
        const counts = fold.countsAt(index);
        for (const word of STATES) expect(counts[word]).toBe([...states.values()].filter((other) => other === word).length);
      }
    }
  });

  test('is the same in one piece or in many, with moments told twice', () => {
    const moments = wild(200, 9);
    const pieces = new RunFold();
    for (let from = 0; from < moments.length; from += 7) pieces.append(moments.slice(Math.max(0, from - 3), from + 7));
    const whole = new RunFold().append(moments);
    expect(pieces.moments).toEqual(whole.moments);
    expect(pieces.order).toEqual(whole.order);
    expect(pieces.countsAt(150)).toEqual(whole.countsAt(150));
  });

  test('keeps outputs, attempts, failures and prompts by moment', () => {
    const fold = new RunFold().append([
      moment(1, { event: 'started', inputs: { name: 'Ada' }, steps: [{ path: 'a', state: 'running' }] }),
      moment(2, { event: 'failed', path: 'a', attempt: 1, failure: { path: 'a', code: 'TIMEOUT', message: 'Too late.', hint: '' }, steps: [{ path: 'a', state: 'sleeping' }] }),
      moment(3, { event: 'woke', path: 'a', steps: [{ path: 'a', state: 'running' }] }),
      moment(4, { event: 'gated', path: 'a', attempt: 2, prompt: 'p-1', steps: [{ path: 'a', state: 'asking' }] }),
      moment(5, { path: 'a', attempt: 2, took_us: 120, outputs: { text: 'hello' }, steps: [{ path: 'a', state: 'done' }] }),
    ]);
    const track = fold.tracks.get('a');
    expect(track?.changes.map(({ state, attempt }) => `${state} ${attempt}`)).toEqual(['running 1', 'sleeping 1', 'running 2', 'asking 2', 'done 2']);
    expect(track?.changes.at(-1)?.tookUs).toBe(120);
    expect([fold.givenAt('a', 3), fold.givenAt('a', 4)]).toEqual([undefined, { text: 'hello' }]);
    expect([fold.failureAt('a', 0), fold.failureAt('a', 4)?.code]).toEqual([undefined, 'TIMEOUT']);
    expect([fold.promptAt('a', 2), fold.promptAt('a', 3)]).toEqual([undefined, 'p-1']);
    expect(fold.inputs).toEqual({ name: 'Ada' });
  });

  test('finds moments by time and number, also where a clock was set back', () => {
    const fold = new RunFold().append([moment(1, { at: 100 }), moment(2, { at: 90 }), moment(4, { at: 130 })]);
    expect(fold.offsets).toEqual([0, 0, 30]);
    expect([-1, 0, 29, 30, 99].map((offset) => fold.atOffset(offset))).toEqual([-1, 1, 1, 2, 2]);
    expect([0, 1, 3, 4, 9].map((seq) => fold.atSeq(seq))).toEqual([-1, 0, 1, 2, 2]);
  });

  test('knows the iterations of a node', () => {
    const steps = ['pay-all[0]/pay', 'pay-all[1]/pay', 'weekly/pay'].map((path) => ({ path, state: 'done' as const }));
    const fold = new RunFold().append([moment(1, { steps })]);
    expect(fold.iterations('pay').map(({ path }) => path)).toEqual(['pay-all[0]/pay', 'pay-all[1]/pay']);
    expect(fold.iterations('weekly/pay')).toHaveLength(1);
    expect(withoutIterations('a[1]/b/c[22]/d')).toBe('b/d');
  });

  test('knows what was copied and what was set by hand, from the moment at which its turn comes', () => {
    const fold = new RunFold().append([
      moment(1, {
        event: 'started', steps: [{ path: 'a', state: 'done' }, { path: 'c', state: 'pending' }],
        parent: 'run-1', given: { a: { outputs: { text: 'copied' }, run: 'run-1' }, b: { outputs: { text: 'set' } } },
      }),
      moment(2, { path: 'c', steps: [{ path: 'c', state: 'done' }, { path: 'b', state: 'done' }], outputs: { text: 'own' } }),
    ]);
    expect([fold.givenAt('a', 0), fold.givenAt('b', 0), fold.givenAt('b', 1)]).toEqual([{ text: 'copied' }, undefined, { text: 'set' }]);
    expect(['a', 'b', 'c', 'x'].map((path) => fold.originOf(path))).toEqual([{ from: 'run', run: 'run-1' }, { from: 'hand' }, undefined, undefined]);
    expect([fold.parent, new RunFold().append([moment(1)]).parent]).toEqual(['run-1', undefined]);
  });

  test('shows any of 10,000 moments of 5,000 steps within 5 ms', () => {
    const fold = new RunFold().append(wild(10_000, 5000));
    const times = [0, 17, 2500, 5000, 9999].map((index) => {
      const before = performance.now();
      fold.picture(index);
      fold.countsAt(index);
      return performance.now() - before;
    });
    // The first one finds the code cold.
    expect(times.sort((a, b) => a - b)[2]).toBeLessThan(5);
  });
});

test('bisection', () => {
  expect([0, 1, 2, 5, 9].map((most) => lastUpTo([1, 2, 2, 8], most, (item) => item))).toEqual([-1, 0, 2, 2, 3]);
});
