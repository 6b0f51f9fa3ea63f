// What a run paid and what is held for it, from the receipts in its outputs and the prompts that are open.

import type { Amount, Prompt } from '../api/types';
import { totals } from '../words/money';
import type { RunFold } from './fold';
import { type Receipt, sortOf } from './values/sorts';

export interface Payment {
  path: string;
  amount: Amount;
  to: string;
  purpose: string;
  /** When it was settled, or asked for. */
  at: number;
  state: 'paid' | 'held' | 'unknown';
  receipt?: Receipt;
  port?: string;
  prompt?: string;
}

/** The payments by a moment: those with a receipt, then those that money is held for. */
export function paymentsOf(fold: RunFold, index: number, prompts: readonly Prompt[]): Payment[] {
  const paid = new Map<string, Payment>();
  for (const { path } of fold.order) {
    for (const [port, value] of Object.entries(fold.givenAt(path, index) ?? {})) {
      const it = sortOf(value);
      // The same receipt goes on to other steps; it counts where it was made.
      if (it.sort !== 'receipt' || paid.has(it.value.transfer) || (it.value.request.path ?? path) !== path) continue;
      const { amount, payee_name, purpose } = it.value.request.action;
      paid.set(it.value.transfer, { path, amount, to: payee_name, purpose: purpose ?? '', at: it.value.at, state: 'paid', receipt: it.value, port });
    }
  }
  const held = prompts.flatMap((prompt): Payment[] => {
    const action = prompt.request?.action;
    if (action?.type !== 'pay' || prompt.hold === undefined || prompt.state !== 'open') return [];
    const path = prompt.request?.path ?? prompt.path ?? '';
    return [{
      path, amount: action.amount, to: action.payee_name, purpose: action.purpose ?? '', at: prompt.opened_at,
      state: prompt.kind === 'outcome' ? 'unknown' : 'held', prompt: prompt.id,
    }];
  });
  return [...paid.values(), ...held];
}

export const spentBy = (payments: readonly Payment[]): Amount[] => totals(payments.filter(({ state }) => state === 'paid').map(({ amount }) => amount));
export const heldBy = (payments: readonly Payment[]): Amount[] => totals(payments.filter(({ state }) => state !== 'paid').map(({ amount }) => amount));
