import { describe, expect, test } from 'vitest';
import type { Moment, Prompt } from '../api/types';
import { readFlow } from '../document/read';
import { RunFold } from './fold';
import { logged, stamp } from './log';
import { heldBy, paymentsOf, spentBy } from './money';
import { sourcesOf, shortRun, stepName, wireFocus } from './names';
import { changesIn } from '../editor/run-view';
import { changeOf } from './view.svelte';

const moment = (seq: number, more: Partial<Moment> = {}): Moment => ({ seq, at: seq, event: 'finished', level: 'info', text: `moment ${seq}`, steps: [], ...more });

describe('the log', () => {
  const moments = [
    moment(1, { event: 'started' }), moment(2, { path: 'each[0]/pay', level: 'warn', text: 'The ledger is busy.' }),
    moment(3, { path: 'pay', level: 'error' }), moment(4, { path: 'ask' }),
  ];
  const seqs = (filter: Parameters<typeof logged>[2], upTo = 9): number[] => logged(moments, upTo, filter).map(({ seq }) => seq);
  test('is filtered by node in every iteration, level and text, up to a moment', () => {
    expect(seqs({ node: '', level: 'info', text: '' })).toEqual([1, 2, 3, 4]);
    expect(seqs({ node: 'pay', level: 'info', text: '' })).toEqual([2, 3]);
    expect(seqs({ node: '', level: 'warn', text: '' })).toEqual([2, 3]);
    expect(seqs({ node: '', level: 'info', text: 'LEDGER' })).toEqual([2]);
    expect(seqs({ node: '', level: 'info', text: '' }, 1)).toEqual([1, 2]);
  });
  test('times are to the millisecond', () => {
    expect([0, 47_912, 3_723_004].map(stamp)).toEqual(['0:00.000', '0:47.912', '1:02:03.004']);
  });
});

const flow = readFlow(JSON.stringify({
  schema: 'assent.flow/1', id: 'f', name: 'F',
  nodes: [{ id: 'ask-book', kind: 'http', version: 1 }, { id: 'pay', kind: 'pay', version: 1, name: 'Pay them' }, { id: 'pay-2', kind: 'pay', version: 1 }],
  edges: [{ from: 'ask-book.body', to: 'pay.intent' }, { from: 'pay.receipt', to: 'pay-2.intent' }],
  frames: [{ id: 'each', kind: 'for-each', name: 'Each month', members: ['pay', 'pay-2'] }],
}));

describe('names', () => {
  const kindOf = (): undefined => undefined;
  test('of steps, with what they are inside of', () => {
    expect(stepName(flow, kindOf, 'ask-book')).toMatchObject({ title: 'Ask book', within: '' });
    expect(stepName(flow, kindOf, 'each[3]/pay')).toMatchObject({ title: 'Pay them', within: 'Each month 4', kind: 'pay' });
    expect(stepName(flow, kindOf, 'weekly/pay')).toMatchObject({ title: 'Pay', within: 'Weekly', kind: undefined });
    expect(stepName(undefined, kindOf, 'pay')).toMatchObject({ title: 'Pay' });
  });
  test('where values come from: the same iteration, or further out', () => {
    const steps = ['ask-book', 'each[0]/pay', 'each[1]/pay', 'each[1]/pay-2'].map((path) => ({ path, state: 'done' as const }));
    const fold = new RunFold().append([moment(1, { steps })]);
    expect(sourcesOf(flow, fold, 'each[1]/pay')).toEqual([{ port: 'intent', path: 'ask-book', output: 'body', isGiven: false }]);
    expect(sourcesOf(flow, fold, 'each[1]/pay-2')).toEqual([{ port: 'intent', path: 'each[1]/pay', output: 'receipt', isGiven: false }]);
    expect(wireFocus('each[1]/pay', { from: 'pay.receipt', to: 'pay-2.intent' })).toEqual({ path: 'each[1]/pay', port: 'receipt', into: { node: 'pay-2', port: 'intent' } });
    expect(shortRun('run-01jd3k0000ABC123')).toBe('abc123');
  });
});

test('the canvas hears of the nodes and wires that moments changed', () => {
  const fold = new RunFold().append([
    moment(1, { steps: [{ path: 'ask-book', state: 'running' }] }),
    moment(2, { path: 'ask-book', outputs: { body: 1 }, steps: [{ path: 'ask-book', state: 'done' }, { path: 'each[0]/pay', state: 'running' }] }),
  ]);
  const change = changeOf(fold, 0, 1);
  expect(change).toEqual({ nodes: ['ask-book', 'pay'], gave: ['ask-book.body'] });
  expect(changesIn(flow.edges, change, '')).toEqual({
    nodes: ['ask-book', 'pay'], edges: ['ask-book.body>pay.intent', 'pay.receipt>pay-2.intent'], pulses: ['ask-book.body>pay.intent'],
  });
  expect(changeOf(fold, 1, 1).nodes).toEqual([]);
});

test('in a sub-flow that was gone into, only what that caller ran is shown', () => {
  const change = { nodes: ['first/ask-book', 'second/pay', 'pay', 'first/deep/pay'], gave: ['first/ask-book.body', 'second/pay.receipt'] };
  expect(changesIn(flow.edges, change, 'first/')).toEqual({ nodes: ['ask-book'], edges: ['ask-book.body>pay.intent'], pulses: ['ask-book.body>pay.intent'] });
  expect(changesIn(flow.edges, change, 'first/deep/').nodes).toEqual(['pay']);
  expect(changesIn(flow.edges, change, 'third/')).toEqual({ nodes: [], edges: [], pulses: [] });
});

test('money that was paid counts once, and what is held stands beside it', () => {
  const usd = (minor: string): { asset: string; minor: string } => ({ asset: 'USD', minor });
  const pay = { type: 'pay', account: 'a', rail: 'credits', payee: 'p', payee_name: 'Alice', address: 'x', amount: usd('2500') };
  const receipt = { request: { key: 'k', path: 'pay', action: pay }, request_digest: 'd', verdict: {}, decisions: [], surfaces: [], hold: 'h', transfer: 't', at: 5 };
  const fold = new RunFold().append([
    moment(1, { path: 'pay', outputs: { receipt }, steps: [{ path: 'pay', state: 'done' }] }),
    moment(2, { path: 'receipt', outputs: { receipt }, steps: [{ path: 'receipt', state: 'done' }] }),
  ]);
  const prompt = { id: 'p1', kind: 'effect', run: 'r', hold: 'h2', state: 'open', opened_at: 7, request: { key: 'k', path: 'pay-2', action: { ...pay, amount: usd('100') } } };
  const payments = paymentsOf(fold, 1, [prompt as unknown as Prompt]);
  expect(payments.map(({ path, state }) => `${path} ${state}`)).toEqual(['pay paid', 'pay-2 held']);
  expect([spentBy(payments), heldBy(payments)]).toEqual([[usd('2500')], [usd('100')]]);
  expect(paymentsOf(fold, -1, [])).toEqual([]);
});
