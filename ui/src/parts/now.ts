// The time, as state, for what shows a time that goes on. The clock ticks only while something reads it.

import { createSubscriber } from 'svelte/reactivity';

const ticking = (everyMs: number): (() => number) => {
  const subscribe = createSubscriber((update) => {
    const timer = setInterval(update, everyMs);
    return () => clearInterval(timer);
  });
  return () => {
    subscribe();
    return Date.now();
  };
};

/** Now, each second. */
export const now = ticking(1000);
/** Now, each tenth of a second, for what runs just now. */
export const nowFine = ticking(100);
