// What buttons and notes say about a prompt.

import type { Prompt } from '../api/types';
import { money } from '../words/money';
import type { Given } from './desk.svelte';
import { pay } from './facts';

/** What is done by a yes: `approve 25.00 USD`. */
export function yes(prompt: Prompt): string {
  const paying = pay(prompt);
  if (paying) return `approve ${money(paying.amount)}`;
  return prompt.kind === 'policy' ? 'put it in force' : 'approve';
}

const GIVEN: Record<Given, string> = {
  approve: 'Approved',
  reject: 'Rejected',
  happened: 'Answered “it happened”',
  'did-not': 'Answered “it did not happen”',
  again: 'To be tried again',
};

export const givenWords = (given: Given): string => GIVEN[given];

/** What became of an answer that was not confirmed: one that got lost on the way may have been taken. */
export const refusedTitle = (code: string): string =>
  code === 'SERVER_LOST' || code === 'OWNER_LOST' ? 'Whether it was answered is not known' : 'It was not answered';

/** How a prompt ended that was not answered here, and what that means. */
export function endedWords({ state, kind }: Pick<Prompt, 'state' | 'kind'>): { title: string; text: string } {
  switch (state) {
    case 'expired':
      return { title: 'Expired', text: `Nobody answered in time, and that counts as a no. ${kind === 'question' ? 'The flow goes on with it.' : kind === 'effect' ? 'Nothing was done, and money that was held is free again.' : 'Nothing has changed.'}` };
    case 'withdrawn':
      return { title: 'Withdrawn', text: 'The run that asked has ended, so there is nothing to answer any more.' };
    case 'approved':
      return { title: 'Answered elsewhere', text: 'Somebody has said yes to this in another place.' };
    case 'rejected':
      return { title: 'Answered elsewhere', text: 'Somebody has said no to this in another place.' };
    case 'open':
      return { title: 'Open', text: '' };
  }
}
