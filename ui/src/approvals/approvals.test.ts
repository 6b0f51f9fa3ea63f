import { describe, expect, test } from 'vitest';
import type { Prompt, RunInfo } from '../api/types';
import { arrange, balanceText, reasons } from './facts';
import { Guard } from './guard';
import { AGAIN_MS, APART_MS, HOLD_MS, type Hold, type HoldEvent, REST, held, heldPart } from './hold';
import { isOver, isShort, leftSaid, leftText } from './left';
import { following, neighbour } from './order';
import { riskOf, runNames, whoAsks } from './inbox';
import { plain } from './plain';
import { pieces } from './spans';
import { canonical, digestOf } from './whole';

const run = (...events: [HoldEvent['type'], number][]): string[] => {
  let hold: Hold = REST;
  const said: string[] = [];
  for (const [type, now] of events) {
    const came = held(hold, { type, now });
    hold = came.hold;
    said.push(came.how ?? hold.at);
  }
  return said;
};

describe('a yes by hand', () => {
  test('is held for its whole time', () => {
    expect(run(['down', 0], ['tick', HOLD_MS - 1], ['tick', HOLD_MS])).toEqual(['down', 'down', 'held']);
    expect(run(['down', 0], ['up', HOLD_MS])).toEqual(['down', 'held']);
    expect(heldPart({ at: 'down', since: 100, first: null }, 500)).toBe(0.5);
    expect(heldPart(REST, 500)).toBe(0);
  });
  test('or pressed twice, apart and in time', () => {
    expect(run(['press', 0], ['press', APART_MS])).toEqual(['once', 'twice']);
    expect(run(['press', 0], ['press', AGAIN_MS + 1])).toEqual(['once', 'once']);
    expect(run(['down', 0], ['up', 90], ['down', 2000], ['up', 2090])).toEqual(['down', 'once', 'down', 'twice']);
  });
  test('a double click is one press', () => {
    expect(run(['press', 0], ['press', 200], ['press', 499])).toEqual(['once', 'once', 'once']);
    expect(run(['down', 0], ['up', 60], ['down', 150], ['up', 210])).toEqual(['down', 'once', 'down', 'once']);
  });
  test('letting go elsewhere is nothing', () => {
    expect(run(['down', 0], ['drop', 700], ['up', 900])).toEqual(['down', 'rest', 'rest']);
    expect(run(['press', 0], ['down', 600], ['drop', 700])).toEqual(['once', 'down', 'once']);
    expect(run(['press', 0], ['tick', AGAIN_MS + 1])).toEqual(['once', 'rest']);
  });
});

describe('the guard', () => {
  const key = (type: string, name: string, repeat = false) => ({ type, key: name, repeat });
  test('takes nothing before something is shown, nor just after', () => {
    const guard = new Guard();
    expect(guard.admits(key('keydown', 'Enter'), 9999)).toBe(false);
    guard.close(10_000);
    expect(guard.admits(key('keydown', 'Enter'), 10_499)).toBe(false);
    expect(guard.admits({ type: 'click', detail: 0 }, 10_499)).toBe(false);
    expect(guard.admits(key('keydown', 'Enter'), 10_500)).toBe(true);
    expect(guard.admits(key('keyup', 'Enter'), 10_600)).toBe(true);
  });
  test('what was pressed before is without effect after', () => {
    const guard = new Guard();
    guard.close(0);
    expect(guard.admits(key('keydown', ' '), 400)).toBe(false);
    expect(guard.admits(key('keydown', ' ', true), 600)).toBe(false);
    expect(guard.admits(key('keyup', ' '), 700)).toBe(false);
    expect(guard.admits({ type: 'pointerdown', pointerId: 1 }, 450)).toBe(false);
    expect(guard.admits({ type: 'pointerup', pointerId: 1 }, 600)).toBe(false);
    expect(guard.admits({ type: 'click', detail: 1 }, 600)).toBe(false);
    expect(guard.admits({ type: 'pointerdown', pointerId: 1 }, 700)).toBe(true);
    expect(guard.admits({ type: 'pointerup', pointerId: 1 }, 800)).toBe(true);
    expect(guard.admits({ type: 'click', detail: 1 }, 800)).toBe(true);
  });
  test('a key held over a change stays without effect', () => {
    const guard = new Guard();
    guard.close(0);
    expect(guard.admits(key('keydown', ' '), 1000)).toBe(true);
    guard.close(1100);
    expect(guard.admits(key('keydown', ' ', true), 1700)).toBe(false);
    expect(guard.admits(key('keyup', ' '), 1800)).toBe(false);
  });
});

test('time left', () => {
  expect(leftText(10_000, 1000)).toBe('0:09 left');
  expect(leftText(10_000, 10_000)).toBe('expired');
  expect(leftText(undefined, 1)).toBe('no time limit');
  expect([isOver(5, 5), isOver(5, 4), isOver(undefined, 4)]).toEqual([true, false, false]);
  expect([isShort(60_001, 0), isShort(60_000, 0)]).toEqual([false, true]);
  expect(leftSaid(61_000, 60_000)).toBe('1 minute left.');
  expect(leftSaid(60_000, 59_000)).toBeNull();
  expect(leftSaid(61_000, 9_000)).toBe('10 seconds left.');
  expect(leftSaid(1_000, -5)).toMatch(/counts as a no/);
  expect(leftSaid(-5, -1000)).toBeNull();
});

test('the order of several prompts', () => {
  const ids = ['a', 'b', 'c'];
  expect([neighbour(ids, 'a', 1), neighbour(ids, 'c', 1), neighbour(ids, 'a', -1), neighbour(ids, null, 1), neighbour([], 'a', 1)]).toEqual(['b', 'c', 'a', 'a', null]);
  expect([following(ids, 'a'), following(ids, 'c'), following(['a'], 'a'), following(ids, 'x')]).toEqual(['b', 'b', null, 'a']);
});

test('parts of a text', () => {
  const spans = [{ what: 'payee', start: 5, end: 8 }, { what: 'amount', start: 0, end: 4 }];
  expect(pieces('Send Zoé it', spans)).toEqual([
    { text: 'Send', what: 'amount' }, { text: ' ', what: null }, { text: 'Zoé', what: 'payee' }, { text: ' it', what: null },
  ]);
  expect(pieces('abc', [{ what: 'x', start: 2, end: 9 }, { what: 'y', start: 1, end: 1 }])).toEqual([{ text: 'abc', what: null }]);
  expect(pieces('abcd', [{ what: 'x', start: 0, end: 3 }, { what: 'y', start: 2, end: 4 }])).toEqual([{ text: 'abc', what: 'x' }, { text: 'd', what: null }]);
  expect(pieces('', [])).toEqual([{ text: '', what: null }]);
});

test('what is not seen is written out', () => {
  expect(plain('Pay\u202e eciلA\u{e0041}\n')).toBe('Pay\\u{202e} eciلA\\u{e0041}\\u{a}');
  expect(plain('Zoé Müller, 東京 🎈')).toBe('Zoé Müller, 東京 🎈');
});

test('digests', async () => {
  expect(canonical({ b: [1, 'é\n'], a: { d: null, c: true } })).toBe('{"a":{"c":true,"d":null},"b":[1,"é\\n"]}');
  expect(await digestOf('assent.shown.v1', { a: 1 })).toMatch(/^[0-9a-f]{64}$/);
  expect(await digestOf('a', { b: 1 })).not.toBe(await digestOf('a', { b: 2 }));
});

const line = (rule: string, outcome: 'allow' | 'ask' | 'deny', reason: string) => ({ rule, outcome, code: 'OK' as const, reason });

const payment: Prompt = {
  id: 'p-1',
  kind: 'effect',
  request: {
    key: '00',
    action: {
      type: 'pay', account: 'operations', rail: 'credits', payee: 'alice-chen', payee_name: 'Alice Chen', address: 'acct:credits:alice-chen',
      amount: { asset: 'USD', minor: '2500' }, purpose: 'the logo design',
      heard: { text: 'Send twenty-five dollars to Alice', confidence_milli: 942 },
      risk: { score10_tenths: 21, factors: [{ name: 'hour', tenths: 0, reason: 'a usual hour' }, { name: 'amount', tenths: 14, reason: 'twice the usual' }] },
    },
  },
  request_digest: 'aa',
  shown: {
    sentence: 'Send 25.00 USD to Alice Chen',
    facts: [
      { label: 'Payee', value: 'Alice Chen (alice-chen)', source: 'address book' },
      { label: 'Address checked', value: 'never', source: 'address book' },
      { label: 'Address', value: 'acct:credits:alice-chen on credits', source: 'address book' },
      { label: 'Amount', value: '25.00 USD', source: 'flow' },
      { label: 'Purpose', value: 'the logo design', source: 'spoken' },
      { label: 'Heard', value: '"Send twenty-five dollars to Alice"', source: 'spoken' },
      { label: 'Heard with', value: '94.2 %', source: 'spoken' },
      { label: 'Risk', value: '2.1 of 10', source: 'risk score' },
      { label: 'Risk', value: 'amount, 1.4: twice the usual', source: 'risk score' },
      { label: 'Risk', value: 'hour, 0.0: a usual hour', source: 'risk score' },
      { label: 'Balance', value: 'operations: 1840.00 USD → 1815.00 USD', source: 'ledger' },
      { label: 'Asked by', value: 'step pay of run r-1', source: 'flow' },
      { label: 'Why you are asked', value: 'over 10', source: 'policy' },
      { label: 'Policy', value: 'usual, version 3', source: 'policy' },
    ],
    verdict: { outcome: 'ask', code: 'CONSENT', reason: 'over 10', policy: 3, lines: [line('amount', 'allow', 'above zero'), line('ask_from', 'ask', 'over 10')] },
  },
  shown_digest: 'bb',
  opened_at: 0,
  state: 'open',
};

describe('what a prompt shows', () => {
  test('a payment, each fact in its place', () => {
    const page = arrange(payment);
    expect(page.payee).toEqual({ name: 'Alice Chen (alice-chen)', checked: null, address: 'acct:credits:alice-chen on credits' });
    expect(page.balance).toBe('operations 1,840.00 → 1,815.00 USD');
    expect(page.heard).toEqual({ text: 'Send twenty-five dollars to Alice', surely: '94.2 %' });
    expect(page.rows.map((fact) => fact.label)).toEqual(['Purpose', 'Risk', 'Asked by']);
    expect(page.claims).toEqual([]);
    expect(page.policy).toBe('usual, version 3');
  });
  test('a purpose that only the flow says is set apart', () => {
    const written = structuredClone(payment);
    written.shown.facts = [{ label: 'Purpose', value: 'invoice 118', source: 'flow' }];
    expect(arrange(written)).toMatchObject({ rows: [], claims: [{ value: 'invoice 118' }] });
  });
  test('reasons, worst first', () => {
    expect(reasons(payment).map(({ tone, aside }) => [tone, aside])).toEqual([
      ['ask', 'ask_from'], ['warn', '+1.4 risk'], ['ok', 'amount'], ['ok', '+0.0 risk'],
    ]);
  });
  test('a fact that says otherwise than the request is not hidden', () => {
    const other = structuredClone(payment);
    other.shown.facts = [{ label: 'Amount', value: '2.50 USD', source: 'flow' }, { label: 'Why you are asked', value: 'something else', source: 'policy' }];
    expect(arrange(other).rows.map((fact) => fact.value)).toEqual(['2.50 USD', 'something else']);
  });
  test('all that a question says is its flow’s', () => {
    const question: Prompt = { ...structuredClone(payment), kind: 'question', shown: { sentence: 'Ship it?', facts: [{ label: 'Balance', value: 'a million', source: 'ledger' }] } };
    delete question.request;
    expect(arrange(question)).toMatchObject({ payee: null, balance: null, rows: [], claims: [{ value: 'a million' }] });
  });
  test('balances that read otherwise stay as they are', () => {
    expect(balanceText('operations: 5.00 USD → unknown')).toBe('operations: 5.00 USD → unknown');
  });
});

test('the list of open prompts', () => {
  const run = (id: string, name: string) => ({ run: id, name }) as RunInfo;
  const names = runNames(undefined, { runs: [run('r-1', 'pay\u202e')], whole: true });
  const more = runNames(names, { runs: [run('r-2', 'send')], whole: false });
  expect([...more]).toEqual([['r-1', 'pay\\u{202e}'], ['r-2', 'send']]);
  expect([...runNames(more, { runs: [], whole: true })]).toEqual([]);
  expect(whoAsks({ ...payment, run: 'r-2', path: 'pay' }, more)).toBe('send · pay');
  expect(whoAsks({ ...payment, run: 'r-9', path: 'pay' }, undefined)).toBe('r-9 · pay');
  expect(riskOf(payment)).toEqual({ text: '2.1 of 10', tone: 'warn' });
  expect(riskOf({ ...payment, kind: 'outcome' })).toBeNull();
});
