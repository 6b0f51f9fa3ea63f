import { describe, expect, test } from 'vitest';
import { count, grouped, size } from './count';
import { shortDigest } from './digest';
import { amountOf, digits, exactDigits, isAmount, money, moneyList, parseAmount, totals } from './money';
import { RUN_STATES, STEP_STATES, runState, stepState } from './state';
import { clock, countdown, day, duration, fullTime, when } from './time';

describe('money', () => {
  test.each([
    ['2500', 'USD', '25.00 USD'],
    ['184000', 'USD', '1,840.00 USD'],
    ['-100', 'USD', '−1.00 USD'],
    ['5', 'USD', '0.05 USD'],
    ['25000000', 'USDC', '25.00 USDC'],
    ['25500001', 'USDC', '25.500001 USDC'],
    ['2000000000000000', 'ETH', '0.002 ETH'],
    ['170141183460469231731687303715884105727', 'USD', '1,701,411,834,604,692,317,316,873,037,158,841,057.27 USD'],
    ['7', 'ACME', '7 ACME'],
  ])('%s of %s is %s', (minor, asset, text) => {
    expect(money({ minor, asset })).toBe(text);
  });
  test('signs are shown where wanted', () => {
    expect(digits(amountOf(100n, 'USD'), 'both')).toBe('+1.00');
    expect(digits(amountOf(0n, 'USD'), 'both')).toBe('0.00');
  });
  test('what is typed has all places', () => {
    expect(exactDigits(amountOf(25_000_000n, 'USDC'))).toBe('25.000000');
    expect(exactDigits(amountOf(-125_050n, 'USD'))).toBe('-1250.50');
  });
  test('what is read is what was written', () => {
    for (const asset of ['USD', 'ETH', 'USDC']) {
      for (const units of [0n, 1n, 99n, 100_001n, -5n, 10n ** 30n + 7n]) {
        const amount = amountOf(units, asset);
        expect(parseAmount(digits(amount), asset)).toEqual(amount);
        expect(parseAmount(exactDigits(amount), asset)).toEqual(amount);
      }
    }
  });
  test.each(['', '.5', '1.', '1.234', '1,23.00', 'abc', '1e3', '0x1', '１'])('%j is no amount in USD', (text) => {
    expect(parseAmount(text, 'USD')).toBeNull();
  });
  test('assets are never mixed', () => {
    const sums = totals([amountOf(1n, 'USD'), amountOf(2n, 'EUR'), amountOf(3n, 'USD')]);
    expect(moneyList(sums)).toBe('0.04 USD + 0.02 EUR');
    expect(moneyList([])).toBe('0.00');
  });
  test('amounts are recognised', () => {
    expect(isAmount({ asset: 'USD', minor: '1' })).toBe(true);
    expect([null, 1, {}, { asset: 'USD', minor: 1 }, { asset: 'USD', minor: '1.5' }].some(isAmount)).toBe(false);
  });
});

test.each([
  [0, '0.0 s'], [0.4, '0.4 ms'], [4, '4 ms'], [310, '0.31 s'], [12_000, '12.0 s'], [59_990, '59.9 s'], [180_000, '3 min'],
  [144_000, '2 min 24 s'], [3_720_000, '1 h 2 min'], [100 * 3_600_000, '4 d 4 h'], [-5, '0.0 s'],
])('%d ms took %s', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test('times', () => {
  const at = new Date(2026, 10, 14, 14, 2, 11).getTime();
  const later = new Date(2026, 10, 21).getTime();
  expect(clock(at)).toBe('14:02:11');
  expect(when(at, at + 1000)).toBe('14:02:11');
  expect(when(at, later)).toBe('14 Nov');
  expect(day(at, new Date(2027, 1, 1).getTime())).toBe('14 Nov 2026');
  expect(fullTime(at)).toBe('14 Nov 2026, 14:02:11');
  expect([588_000, 0, -1, 3_723_000].map(countdown)).toEqual(['9:48', '0:00', '0:00', '1:02:03']);
});

test('digests keep both ends', () => {
  expect(shortDigest(`7be390c1${'0'.repeat(48)}4a0f1d22`)).toBe('7be390c1…4a0f1d22');
  expect(shortDigest('p-0123456789ab')).toBe('p-0123456789ab');
});

test('counts', () => {
  expect([count(1, 'approval'), count(2, 'approval'), grouped(1204)]).toEqual(['1 approval', '2 approvals', '1,204']);
  expect([size(1), size(640), size(16384), size(2 << 20)]).toEqual(['1 byte', '640 bytes', '16 KiB', '2.0 MiB']);
});

test('every state has a word of its own', () => {
  expect(new Set(STEP_STATES.map((state) => stepState(state).word)).size).toBe(STEP_STATES.length);
  for (const state of RUN_STATES) expect(runState({ state, asking: false, unknown: false }).word).not.toBe('');
  expect(runState({ state: 'waiting', asking: true, unknown: true }).word).toBe('unknown');
});
