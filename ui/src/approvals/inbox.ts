// What the studio's list of open prompts says of each.

import type { Prompt, RunInfo } from '../api/types';
import { type Tone, pay, reasons } from './facts';
import { plain } from './plain';

/** Names of runs by their ids; a feed's first item and whole lists begin anew. */
export function runNames(
  before: ReadonlyMap<string, string> | undefined,
  { runs, whole }: { runs: readonly RunInfo[]; whole: boolean },
): ReadonlyMap<string, string> {
  const names = new Map(whole ? [] : before);
  for (const run of runs) names.set(run.run, plain(run.name));
  return names;
}

/** Who asks: the flow and the step, as far as they are known. */
export function whoAsks(prompt: Prompt, names: ReadonlyMap<string, string> | undefined): string {
  if (prompt.run === undefined) return prompt.kind === 'policy' ? 'Policy' : 'Assent';
  return `${names?.get(prompt.run) ?? prompt.run} · ${prompt.path ?? ''}`;
}

const KINDS: Record<Prompt['kind'], string> = { effect: 'Effect', outcome: 'Outcome unknown', question: 'Question', policy: 'Policy' };

/** What kind of question it is, in a word. */
export function kindWord(prompt: Prompt): string {
  if (pay(prompt)) return prompt.kind === 'outcome' ? 'Payment, outcome unknown' : 'Payment';
  return prompt.request?.action.type === 'call' && prompt.kind === 'effect' ? 'Call' : KINDS[prompt.kind];
}

/** The risk as it was scored, and how bad the worst reason is; `null` where nothing speaks of it. */
export function riskOf(prompt: Prompt): { text: string; tone: Tone } | null {
  const risk = pay(prompt)?.risk;
  // Once it was sent, its risk is no question any more.
  if (!risk || prompt.kind !== 'effect') return null;
  const tenths = risk.score10_tenths;
  const warns = reasons(prompt).some(({ tone }) => tone === 'warn' || tone === 'deny');
  return { text: `${Math.trunc(tenths / 10)}.${tenths % 10} of 10`, tone: warns ? 'warn' : 'ok' };
}
