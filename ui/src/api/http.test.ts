import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startFixture } from '../../tests/fixture.mjs';
import { eventData } from './events';
import { ApiFailure } from './failure';
import { HttpTransport } from './http';

let journal: { seq: number }[] = [];
let fixture: Awaited<ReturnType<typeof startFixture>>;
let way: HttpTransport;
const until = (truth: () => boolean): Promise<void> => vi.waitFor(() => expect(truth()).toBe(true), { timeout: 8000, interval: 10 });

/** Adds moments to the journal, and tells who follows. */
function happen(count: number): void {
  for (let at = 0; at < count; at += 1) {
    const moment = { seq: journal.length + 1 };
    journal.push(moment);
    fixture.tell('run.moments', { moments: [moment] });
  }
}

beforeEach(async () => {
  journal = [];
  fixture = await startFixture({
    answers: {
      echo: (request: unknown) => request,
      no: () => {
        throw { code: 'REFUSED', message: 'No.', hint: 'Ask.' };
      },
    },
    feeds: {
      // It is careless on purpose: it begins one moment too early, as a server may that reads while it writes.
      'run.moments': (request, tell) => tell({ moments: journal.filter((moment) => moment.seq >= (request.after ?? 0)) }),
      'status.watch': (_, tell) => tell({ runs: journal.length }),
    },
  });
  way = new HttpTransport(fixture.origin, 't');
});

afterEach(async () => {
  await fixture.stop();
});

test('a call answers, or throws what the program says', async () => {
  expect(await way.call('echo', { a: 1 })).toEqual({ a: 1 });
  await expect(way.call('no', {})).rejects.toMatchObject({ code: 'REFUSED', message: 'No.', hint: 'Ask.' });
  await expect(way.call('nothing', {})).rejects.toBeInstanceOf(ApiFailure);
  await expect(new HttpTransport(fixture.origin, 'x').call('echo', {})).rejects.toMatchObject({ code: 'TOKEN' });
  await fixture.stop();
  await expect(way.call('echo', {})).rejects.toMatchObject({ code: 'SERVER_LOST', retryable: true });
});

test('a stream that is cut again and again loses nothing and doubles nothing', async () => {
  const seen: number[] = [];
  const stop = way.follow('run.moments', { run: 'r' }, (item) => seen.push(...(item as { moments: { seq: number }[] }).moments.map((m) => m.seq)));
  await until(() => fixture.followed().length === 1);
  for (let round = 0; round < 5; round += 1) {
    happen(7);
    await until(() => seen.length > 0);
    fixture.cut();
    happen(3);
    await until(() => fixture.followed().length === 1);
  }
  happen(5);
  await until(() => seen.length >= journal.length);
  expect(seen).toEqual(journal.map((moment) => moment.seq));
  expect(way.link.state).toBe('live');
  stop();
  await until(() => fixture.streams() === 0);
  expect(way.link.state).toBe('idle');
}, 20_000);

test('feeds without numbers begin with a whole snapshot again, and all subscriptions share one stream', async () => {
  const states: string[] = [];
  const items: unknown[] = [];
  way.onLink(() => states.push(way.link.state));
  const stops = [way.follow('status.watch', {}, (item) => items.push(item)), way.follow('run.moments', {}, () => undefined)];
  await until(() => fixture.followed().length === 2 && items.length === 1);
  expect(fixture.streams()).toBe(1);
  fixture.cut();
  await until(() => items.length === 2);
  expect(states).toContain('reconnecting');
  for (const stop of stops) stop();
});

test('leaving one keeps the others; an error or an end is told once', async () => {
  const ends: (ApiFailure | undefined)[] = [];
  const items: unknown[] = [];
  const stopFirst = way.follow('status.watch', {}, () => undefined);
  way.follow('status.watch', {}, (item) => items.push(item), (failure) => ends.push(failure));
  await until(() => fixture.followed().length === 2);
  stopFirst();
  await until(() => fixture.followed().length === 1);
  fixture.tell('status.watch', { runs: 9 });
  await until(() => items.length === 2);
  fixture.tellEvent('status.watch', { error: { code: 'STORE', message: 'The disk is full.' } });
  await until(() => ends.length === 1);
  expect(ends[0]).toMatchObject({ code: 'STORE' });
  expect(way.link.state).toBe('idle');
});

test('a feed that is refused ends with the failure, and the others go on', async () => {
  const ends: (ApiFailure | undefined)[] = [];
  way.follow('status.watch', {}, () => undefined);
  way.follow('no.such', {}, () => undefined, (failure) => ends.push(failure));
  await until(() => ends.length === 1);
  expect(ends[0]?.code).toBe('NOT_FOUND');
  expect(way.link.state).toBe('live');
});

test('a wrong token is not tried for ever', async () => {
  const wrong = new HttpTransport(fixture.origin, 'x');
  wrong.follow('status.watch', {}, () => undefined);
  await until(() => wrong.link.state === 'refused');
  const stop = wrong.follow('status.watch', {}, () => undefined);
  stop();
  expect(wrong.link.state).toBe('refused');
  expect(fixture.refusals()).toBe(1);
});

test('a server that went away is found again', async () => {
  const items: unknown[] = [];
  way.follow('status.watch', {}, (item) => items.push(item));
  await until(() => items.length === 1);
  await fixture.stop();
  await until(() => way.link.state === 'reconnecting' && way.link.failures > 1);
  await fixture.restart();
  way.retry();
  await until(() => items.length === 2);
});

test('events are read whole, however their bytes arrive', async () => {
  const bytes = new TextEncoder().encode(': hello\r\ndata: {"a":"ü\\n"}\r\n\r\nevent: x\ndata:1\ndata: 2\n\ndata: never ended');
  for (const size of [1, 2, 3, 7, 1000]) {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
        controller.close();
      },
    });
    const events: string[] = [];
    for await (const data of eventData(body)) events.push(data);
    expect(events, `in pieces of ${size}`).toEqual(['{"a":"ü\\n"}', '1\n2']);
  }
});
