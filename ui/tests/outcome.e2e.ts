// What was sent and never answered, for real: the program is killed while a host keeps it waiting, and people are asked what happened.

import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { allowWrites } from './hands';
import { type Assent, type Opened, expectAccessible, launch, open, serve, shoot, until } from './harness';

let browser: Browser;
let host: Server;
let requests: number;
let assent: Assent;
let opened: Opened[];

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

beforeEach(async () => {
  opened = [];
  requests = 0;
  host = createServer(() => (requests += 1)).listen(0, '127.0.0.1');
  await new Promise((resolve) => host.once('listening', resolve));
  assent = await serve();
});
afterEach(async () => {
  await assent.stop();
  host.closeAllConnections();
  host.close();
  for (const one of opened) await one.close();
});

async function visit(link: string, path?: string): Promise<Page> {
  const one = await open(browser, link, { ...(path !== undefined && { path }), viewport: path === undefined ? { width: 520, height: 860 } : { width: 1280, height: 800 } });
  opened.push(one);
  return one.page;
}

const address = (): string => `127.0.0.1:${(host.address() as AddressInfo).port}`;

test('a person says what became of it', async () => {
  await allowWrites(browser, assent, address());
  await assent.call('flow.new', {
    name: 'Post', folder: '',
    text: JSON.stringify({
      schema: 'assent.flow/1', id: 'post', name: 'Post',
      nodes: [{ id: 'send', kind: 'http', version: 1, name: 'Send the order', config: { method: 'POST', url: `http://${address()}/orders`, body: 'one' } }],
      edges: [],
    }),
  });
  const { run } = await assent.call('run', { flow: { id: 'post' }, inputs: [] });
  await until(async () => requests > 0, 'the host has the request');
  await assent.kill();
  assent = await serve(assent.workspace);
  await assent.call('resume', {});

  const page = await visit(assent.approvals);
  const group = page.getByRole('group', { name: 'What became of it' });
  await group.waitFor();
  await shoot(page, 'outcome-asked');
  await expectAccessible(page);
  expect(await group.getByRole('button').allInnerTexts()).toEqual(['It happened', 'It did not happen', 'Try again with the same key']);

  const studio = await visit(assent.studio, `/runs/${run}`);
  await studio.getByText('unknown', { exact: true }).first().waitFor();
  await shoot(studio, 'outcome-run');

  await page.waitForTimeout(700);
  await page.getByRole('textbox', { name: 'How you know, if you like to say' }).fill('They have the order');
  await group.getByRole('button', { name: 'It happened' }).click();
  await page.getByText('Answered “it happened”').waitFor();
  await until(async () => (await assent.call('runs', {})).runs.some((one) => one.run === run && one.state === 'completed'), 'the run is done');
  expect(requests).toBe(1);
});
