import { flushSync } from 'svelte';
import { beforeEach, expect, test, vi } from 'vitest';
import { ApiFailure } from './failure';
import type { Link } from './transport';

// A way to the program whose items the test tells by hand.
const way = vi.hoisted(() => ({
  link: { state: 'live' } as Link,
  listeners: new Set<() => void>(),
  follows: [] as { onItem: (item: unknown) => void; onEnd: (failure?: unknown) => void; stopped: boolean }[],
}));
vi.mock('./client', () => ({
  transport: () => ({
    get link() {
      return way.link;
    },
    onLink(listener: () => void) {
      way.listeners.add(listener);
      return () => way.listeners.delete(listener);
    },
    retry() {},
  }),
  follow(_feed: string, _request: object, onItem: (item: unknown) => void, onEnd: (failure?: unknown) => void) {
    const one = { onItem, onEnd, stopped: false };
    way.follows.push(one);
    return () => (one.stopped = true);
  },
}));
const { feed } = await import('./live');

const setLink = (link: Link): void => {
  way.link = link;
  for (const listener of way.listeners) listener();
};

beforeEach(() => {
  way.follows = [];
  way.link = { state: 'live' };
});

test('a feed is followed once while it is read, and left when nothing reads it', async () => {
  const one = feed('runs.changes', {}, (before: number | undefined, item) => (before ?? 0) + item.runs.length);
  expect(way.follows).toHaveLength(0);
  const seen: string[] = [];
  const stop = $effect.root(() => {
    $effect(() => void seen.push(`${one.state} ${one.value}`));
    $effect(() => void one.value);
  });
  flushSync();
  expect(way.follows).toHaveLength(1);
  way.follows[0]!.onItem({ runs: [1, 2] });
  flushSync();
  way.follows[0]!.onItem({ runs: [3] });
  flushSync();
  setLink({ state: 'reconnecting', failures: 1, failure: new ApiFailure({ code: 'SERVER_LOST', message: '' }) });
  flushSync();
  expect(seen).toEqual(['loading undefined', 'live 2', 'live 3', 'reconnecting 3']);
  stop();
  await vi.waitFor(() => expect(way.follows[0]!.stopped).toBe(true));
});

test('an error is told, and retry follows again', () => {
  const one = feed('status.watch', {});
  const stop = $effect.root(() => $effect(() => void one.state));
  flushSync();
  way.follows[0]!.onEnd(new ApiFailure({ code: 'STORE', message: 'The disk is full.' }));
  expect(one.state).toBe('error');
  expect(one.error?.code).toBe('STORE');
  one.retry();
  expect(one.state).toBe('loading');
  expect(way.follows).toHaveLength(2);
  stop();
});
