// Time left, as it is seen each second and said only now and then.

import { countdown } from '../words/time';

const MINUTE = 60_000;

/** Said aloud when so much is left; in between a screen reader is left in peace. */
const STEPS: readonly [ms: number, words: string][] = [
  [0, 'Time is up. This counts as a no.'],
  [10_000, '10 seconds left.'],
  [30_000, '30 seconds left.'],
  [MINUTE, '1 minute left.'],
  [5 * MINUTE, '5 minutes left.'],
];

/** `9:48 left`; a prompt without an end says so. */
export function leftText(expiresAt: number | undefined, now: number): string {
  if (expiresAt === undefined) return 'no time limit';
  return expiresAt <= now ? 'expired' : `${countdown(expiresAt - now)} left`;
}

export const isOver = (expiresAt: number | undefined, now: number): boolean => expiresAt !== undefined && expiresAt <= now;

/** Whether little is left, so that it is told by colour and icon too. */
export const isShort = (expiresAt: number | undefined, now: number): boolean => expiresAt !== undefined && expiresAt - now <= MINUTE;

/** What is said when the time left went from `before` to `after` milliseconds: the step that was passed last, if one was. */
export function leftSaid(before: number, after: number): string | null {
  const passed = STEPS.find(([step]) => after <= step && before > step);
  return passed ? passed[1] : null;
}
