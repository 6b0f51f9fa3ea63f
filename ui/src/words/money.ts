// Money is a whole number of minor units (bigint) and its asset. No floats, nothing is converted.

import type { Amount } from '../api/types';

const DECIMALS: Record<string, number> = { USD: 2, EUR: 2, GBP: 2, USDC: 6, USDT: 6, ETH: 18, credits: 2 };
/** So many places are always shown, where the asset has them. */
const SHOWN_PLACES = 2;

export function decimals(asset: string): number {
  return DECIMALS[asset] ?? 0;
}

/** The assets that amounts can be in. */
export const ASSETS: readonly string[] = Object.keys(DECIMALS);

export function minor(amount: Amount): bigint {
  return BigInt(amount.minor);
}

export function amountOf(units: bigint, asset: string): Amount {
  return { asset, minor: units.toString() };
}

function split(units: bigint, asset: string): { sign: string; whole: string; fraction: string } {
  const places = decimals(asset);
  const digits = (units < 0n ? -units : units).toString().padStart(places + 1, '0');
  const cut = digits.length - places;
  return { sign: units < 0n ? '−' : '', whole: digits.slice(0, cut), fraction: digits.slice(cut) };
}

/** All places and no separators, as the program writes it and wants it typed: `1250.50`. */
export function exactDigits(amount: Amount): string {
  const { sign, whole, fraction } = split(minor(amount), amount.asset);
  return `${sign ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`;
}

/** The number alone: `1,840.00`, `0.002`. */
export function digits(amount: Amount, sign: 'minus' | 'both' = 'minus'): string {
  const { sign: minus, whole, fraction } = split(minor(amount), amount.asset);
  const least = Math.min(SHOWN_PLACES, fraction.length);
  const kept = fraction.slice(0, least) + fraction.slice(least).replace(/0+$/, '');
  const grouped = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',');
  const before = minus || (sign === 'both' && BigInt(amount.minor) > 0n ? '+' : '');
  return `${before}${grouped}${kept ? `.${kept}` : ''}`;
}

/** `25.00 USD`. */
export function money(amount: Amount, sign: 'minus' | 'both' = 'minus'): string {
  return `${digits(amount, sign)} ${amount.asset}`;
}

/** Several amounts, each in its asset: `25.00 USD + 0.002 ETH`. Nothing at all is `0.00`. */
export function moneyList(amounts: readonly Amount[]): string {
  return amounts.length > 0 ? amounts.map((amount) => money(amount)).join(' + ') : '0.00';
}

/** Reads `1,250.50` or `25`; `null` when it is no amount of this asset. */
export function parseAmount(text: string, asset: string): Amount | null {
  const match = /^(-|−)?(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$/.exec(text.trim());
  if (!match) return null;
  const places = decimals(asset);
  const fraction = match[3] ?? '';
  if (fraction.length > places) return null;
  const units = BigInt((match[2] ?? '0').replaceAll(',', '') + fraction.padEnd(places, '0'));
  return amountOf(match[1] ? -units : units, asset);
}

/** The sum of amounts in one asset, one for each asset there is, in the order in which they come first. */
export function totals(amounts: Iterable<Amount>): Amount[] {
  const sums = new Map<string, bigint>();
  for (const amount of amounts) sums.set(amount.asset, (sums.get(amount.asset) ?? 0n) + minor(amount));
  return [...sums].map(([asset, units]) => amountOf(units, asset));
}

/** Whether a value is an amount. */
export function isAmount(value: unknown): value is Amount {
  return typeof value === 'object' && value !== null && 'asset' in value && 'minor' in value
    && typeof value.asset === 'string' && typeof value.minor === 'string' && /^-?\d+$/.test(value.minor)
    && Object.keys(value).length === 2;
}
