// From the card back to a sentence. The grammar reads it again: the card decides nothing.

import type { Schema } from '../api/contract';
import type { Span } from '../approvals/spans';
import { placeOfByte } from '../runs/values/spans';
import { ASSETS, exactDigits, isAmount, parseAmount } from '../words/money';

export type Understood = Schema<'Understood'>;
export type Question = Schema<'Question'>;

/** What the card holds, as it is typed. */
export interface Card {
  action: 'pay' | 'refund' | 'escrow';
  amount: string;
  asset: string;
  /** A name of the address book, or what was said. */
  payee: string;
  purpose: string;
}

/** Words of the grammar, which would end a name or a purpose. */
const GRAMMAR = new Set(
  ('to for in into between among amongst and with from via using on at by as because so then also per evenly equally no nope not never dont '
    + 'do sorry actually wait rather instead make scratch correction oops or hold strike forget if unless when whenever once until till '
    + 'after before while provided assuming but except only please kindly thanks thank um uh er erm uhm hmm right now me minus negative '
    + 'a an point hundred thousand million today tomorrow tonight every each daily weekly monthly').split(' '),
);

/** A name or purpose as the grammar takes it whole: in quotation marks where its words could be taken for something else. */
export function quoted(words: string): string {
  const text = words.replaceAll(/["“”„«»]/g, '').replaceAll(/\s+/g, ' ').trim();
  const plain = text.split(' ').every((word) => /^\p{L}(?:[\p{L}'-]*\p{L})?$/u.test(word) && !GRAMMAR.has(word.toLowerCase()));
  return text === '' || plain ? text : `"${text}"`;
}

const VERBS: Record<Card['action'], (amount: string, payee: string) => string> = {
  pay: (amount, payee) => `Send ${amount}${payee && ` to ${payee}`}`,
  refund: (amount, payee) => `Refund ${amount}${payee && ` to ${payee}`}`,
  escrow: (amount, payee) => `Hold ${amount} in escrow${payee && ` for ${payee}`}`,
};

/** The sentence that says what the card says. */
export function sentence(card: Card): string {
  const digits = card.amount.trim();
  const known = parseAmount(digits, card.asset);
  const amount = `${known ? exactDigits(known) : digits} ${card.asset}`.trim();
  const purpose = quoted(card.purpose);
  return VERBS[card.action](amount, quoted(card.payee)) + (purpose && ` for ${purpose}`);
}

/** What was understood, as a card; what is missing is empty. `asset` stands where none was said. */
export function cardOf({ parse: { draft } }: Understood, text: string, asset: string): Card | null {
  const action = draft.action?.value ?? 'pay';
  if (action !== 'pay' && action !== 'refund' && action !== 'escrow') return null;
  const amount = draft.amount?.value;
  const known = isAmount(amount) && ASSETS.includes(amount.asset) ? amount : null;
  const payee = draft.payees[0];
  return {
    action,
    amount: known ? exactDigits(known) : '',
    asset: known?.asset ?? asset,
    payee: payee?.value.name ?? '',
    purpose: draft.purpose ? text.slice(placeOfByte(text, draft.purpose.span.start), placeOfByte(text, draft.purpose.span.end)).replaceAll('"', '') : '',
  };
}

/** The parts that were understood, as places in the text. */
export function spansOf({ parse: { draft } }: Understood, text: string): Span[] {
  const place = (what: string, slot: { span: { start: number; end: number } }): Span =>
    ({ what, start: placeOfByte(text, slot.span.start), end: placeOfByte(text, slot.span.end) });
  return [
    ...(draft.amount ? [place('amount', draft.amount)] : []),
    ...draft.payees.map((payee) => place('payee', payee)),
    ...(draft.purpose ? [place('purpose', draft.purpose)] : []),
  ].filter(({ start, end }) => end > start);
}

/** A card with a question's candidate taken; `null` where the card has no place for it. */
export function taken(card: Card, question: Question, candidate: Question['candidates'][number]): Card | null {
  if (question.slot === 'payee') return { ...card, payee: candidate.label };
  if (question.slot === 'asset' || (question.slot === 'amount' && ASSETS.includes(candidate.value))) return { ...card, asset: candidate.value };
  return null;
}

/** What a doubtful part is put as: its title over the grammar's own question. */
export const doubtTitle = (question: Question): string => TITLES[question.slot] ?? 'What is meant?';

const TITLES: Partial<Record<Question['slot'], string>> = {
  payee: 'Who is it for?', amount: 'How much?', asset: 'In what?', purpose: 'What for?', action: 'What should be done?', time: 'Now?',
};
