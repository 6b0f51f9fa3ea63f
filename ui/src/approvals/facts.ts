// How the page arranges what a prompt shows. Nothing of it is left out and nothing is added: every fact and every line of the policy
// comes out of here once, the workspace's own word apart from what the run brought along.

import type { Fact, Pay, Prompt } from '../api/types';
import { digits, exactDigits, parseAmount } from '../words/money';
import { plain } from './plain';

/** The workspace's own word. Everything else came with the run and may be made up. */
const OWN = new Set(['address book', 'ledger', 'policy', 'engine']);

export interface Payee {
  /** Name and id. */
  name: string;
  /** Who made sure of the address and when; `null` when nobody did. */
  checked: string | null;
  /** The whole address and its rail. */
  address: string;
}

export type Tone = 'deny' | 'ask' | 'warn' | 'ok';

/** One reason for or against, from the policy or the risk score. */
export interface Reason {
  tone: Tone;
  text: string;
  /** The rule, or how much risk it adds. */
  aside: string;
  /** Whether it came with the run. */
  claimed: boolean;
}

export interface Arranged {
  payee: Payee | null;
  /** Before and after, as the ledger has it. */
  balance: string | null;
  /** The words it was heard in and how surely; the page underlines their parts. */
  heard: { text: string; surely: string | null } | null;
  /** Other facts: the workspace's own, and what is bound by the request anyway. */
  rows: Fact[];
  /** Words that the run brought along. */
  claims: Fact[];
  reasons: Reason[];
  /** Such as `usual, version 3`. */
  policy: string | null;
}

/** `operations: 1840.00 USD → 1815.00 USD` as `operations 1,840.00 → 1,815.00 USD`; what reads otherwise stays as it is. */
export function balanceText(value: string): string {
  const match = /^(.+): (\S+) (\S+) → (\S+) (\S+)$/.exec(value);
  const [, account, before, asset, after, assetAfter] = match ?? [];
  if (account === undefined || asset === undefined || asset !== assetAfter) return value;
  const amounts = [parseAmount(before ?? '', asset), parseAmount(after ?? '', asset)];
  if (!amounts[0] || !amounts[1]) return value;
  return `${account} ${digits(amounts[0])} → ${digits(amounts[1])} ${asset}`;
}

const points = (tenths: number): string => `${Math.trunc(tenths / 10)}.${tenths % 10}`;

/** `new-payee` as `New payee`. */
const inWords = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');

const WORST_FIRST: readonly Tone[] = ['deny', 'ask', 'warn', 'ok'];

/** The policy's lines and the risk's parts, worst first. */
export function reasons(prompt: Prompt): Reason[] {
  const lines = (prompt.shown.verdict?.lines ?? []).map((line): Reason => ({
    tone: line.outcome === 'allow' ? 'ok' : line.outcome,
    text: plain(line.reason),
    aside: line.rule,
    claimed: false,
  }));
  // Whether it happened is no question of risk any more.
  const risk = prompt.kind === 'effect' ? pay(prompt)?.risk : undefined;
  const factors = [...(risk?.factors ?? [])].sort((a, b) => b.tenths - a.tenths).map((factor): Reason => ({
    tone: factor.tenths > 0 ? 'warn' : 'ok',
    text: plain(`${inWords(factor.name)}: ${factor.reason}`),
    aside: `+${points(factor.tenths)} risk`,
    claimed: true,
  }));
  const all = [...lines, ...factors];
  return WORST_FIRST.flatMap((tone) => all.filter((reason) => reason.tone === tone));
}

/** The payment that is asked for, if it is one. */
export function pay(prompt: Prompt): Pay | null {
  const action = prompt.request?.action;
  return action?.type === 'pay' ? action : null;
}

/** The facts of a prompt, each in its place. */
export function arrange(prompt: Prompt): Arranged {
  const paying = pay(prompt);
  const { verdict } = prompt.shown;
  const rest = [...prompt.shown.facts];
  const take = (label: string, fits: (fact: Fact) => boolean = () => true): Fact | null => {
    const at = rest.findIndex((fact) => fact.label === label && fits(fact));
    return at < 0 ? null : (rest.splice(at, 1)[0] ?? null);
  };

  let payee: Payee | null = null;
  let balance: string | null = null;
  let heard: Arranged['heard'] = null;
  // A question's facts are its flow's alone, whatever they are called.
  if (paying && prompt.kind === 'effect') {
    const own = (fact: Fact): boolean => OWN.has(fact.source);
    const [name, checked, address] = [take('Payee', own), take('Address checked', own), take('Address', own)];
    if (name) payee = { name: name.value, checked: !checked || checked.value === 'never' ? null : checked.value, address: address?.value ?? '' };
    // It stands large above, from the request that the digest is of.
    const exact = (fact: Fact): boolean => fact.value === shortAmount(paying);
    take('Amount', exact);
    const before = take('Balance', own);
    balance = before && balanceText(before.value);
    const words = take('Heard');
    const surely = take('Heard with');
    if (words) heard = { text: paying.heard && words.value === `"${paying.heard.text}"` ? paying.heard.text : words.value, surely: surely?.value ?? null };
    if (paying.risk) {
      // Its parts stand among the reasons, word for word; the total stays a row.
      for (const { name: factor, tenths, reason } of paying.risk.factors) take('Risk', (fact) => fact.value === plain(`${factor}, ${points(tenths)}: ${reason}`));
    }
  }
  // The line that made the verdict stands first among the reasons.
  if (verdict?.lines.some((line) => line.reason === verdict.reason)) take('Why you are asked', (fact) => fact.value === plain(verdict.reason));
  const policy = take('Policy', (fact) => OWN.has(fact.source))?.value ?? null;

  const isClaim = (fact: Fact): boolean => prompt.kind === 'question' || (!OWN.has(fact.source) && !bound(prompt, fact));
  return {
    payee,
    balance,
    heard,
    rows: rest.filter((fact) => !isClaim(fact)),
    claims: rest.filter(isClaim),
    reasons: reasons(prompt),
    policy,
  };
}

/** The amount as the program writes it in facts: at least two places, no separators. */
function shortAmount({ amount }: Pay): string {
  return `${exactDigits(amount).replace(/(\.\d\d\d*?)0+$/, '$1')} ${amount.asset}`;
}

/** Whether a fact that came with the run is what would be done itself, so that it can't be other than it says. */
function bound(prompt: Prompt, fact: Fact): boolean {
  if (fact.source === 'risk score' || fact.label === 'Asked by') return true;
  // What was spoken stands beside the words it was heard in.
  if (fact.source === 'spoken') return true;
  return prompt.request?.action.type === 'call' || fact.label === 'Amount';
}

/** Whether a fact's value is read letter by letter: addresses and digests. */
export const isLiteral = (fact: Fact): boolean => /^(Address|Idempotency key|What is sent|Method|Secret sent along)$/.test(fact.label);
