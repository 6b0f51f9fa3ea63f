// Saying yes by hand: held for 0.8 s, or pressed twice, one after the other. Times are milliseconds of one clock, such as an event's own.

/** So long it is held. */
export const HOLD_MS = 800;
/** So long the first of two presses counts. */
export const AGAIN_MS = 5000;
/** Presses that come sooner are one: a double click or a bouncing key is no second thought. */
export const APART_MS = 500;

export type How = 'held' | 'twice';

export type Hold =
  | { at: 'rest' }
  /** Held down since then; `first` is when the first of two presses was. */
  | { at: 'down'; since: number; first: number | null }
  /** Pressed once. */
  | { at: 'once'; first: number };

/** `press` is a press as a whole, as Enter and assistive technology make it; `drop` is letting go elsewhere. */
export interface HoldEvent {
  type: 'down' | 'up' | 'press' | 'drop' | 'tick';
  now: number;
}

export interface Held {
  hold: Hold;
  /** There when it is a yes. */
  how?: How;
}

export const REST: Hold = { at: 'rest' };

const counts = (first: number | null, now: number): first is number => first !== null && now - first <= AGAIN_MS;

function pressed(first: number | null, now: number): Held {
  if (!counts(first, now)) return { hold: { at: 'once', first: now } };
  return now - first < APART_MS ? { hold: { at: 'once', first } } : { hold: REST, how: 'twice' };
}

const firstOf = (hold: Hold): number | null => (hold.at === 'rest' ? null : hold.first);

const waiting = (first: number | null, now: number): Hold => (counts(first, now) ? { at: 'once', first } : REST);

/** What comes of an event. */
export function held(hold: Hold, { type, now }: HoldEvent): Held {
  const first = firstOf(hold);
  if (hold.at === 'down') {
    if (type === 'drop') return { hold: waiting(first, now) };
    if ((type === 'up' || type === 'tick') && now - hold.since >= HOLD_MS) return { hold: REST, how: 'held' };
    return type === 'up' ? pressed(first, now) : { hold };
  }
  if (type === 'down') return { hold: { at: 'down', since: now, first: counts(first, now) ? first : null } };
  if (type === 'press') return pressed(first, now);
  return { hold: hold.at === 'once' && counts(first, now) ? hold : REST };
}

/** How much of the holding is done, from 0 to 1. */
export function heldPart(hold: Hold, now: number): number {
  return hold.at === 'down' ? Math.min(1, Math.max(0, (now - hold.since) / HOLD_MS)) : 0;
}
