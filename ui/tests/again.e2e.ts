// A run gone through once more, as people do it: rehearsed on the flow as it is drawn, gone on with from a step with a value set by hand,
// and asked why it does not go on, over a program of its own.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Hands, allowWrites } from './hands';
import { type Assent, LARGE, type Opened, expectAccessible, launch, open, serve, shoot, until } from './harness';

const HELLO = fileURLToPath(new URL('../../flows/hello.flow.json', import.meta.url));
/** What waits for a time, and what waits for that. */
const LATER = {
  schema: 'assent.flow/1', id: 'later', name: 'Later',
  nodes: [
    { id: 'input', kind: 'input', version: 1, config: { ports: [{ name: 'name', type: 'text' }] } },
    { id: 'wait', kind: 'delay', version: 1, name: 'Wait', config: { ms: 3_600_000 } },
    { id: 'greet', kind: 'template', version: 1, name: 'Greet', config: { inputs: [{ name: 'name', type: 'text' }], text: 'Hello, {{ name }}.' } },
  ],
  edges: [{ from: 'input.name', to: 'wait.value' }, { from: 'wait.value', to: 'greet.name' }],
  layout: { nodes: { input: { x: 0, y: 0 }, wait: { x: 280, y: 0 }, greet: { x: 560, y: 0 } } },
};

/** A flow whose steps write to a host. */
const posting = (host: string, ...ids: string[]): string => JSON.stringify({
  schema: 'assent.flow/1', id: 'post', name: 'Post', edges: [],
  nodes: ids.map((id) => ({ id, kind: 'http', version: 1, name: `Order ${id}`, config: { method: 'POST', url: `http://${host}/orders`, body: id } })),
});

let browser: Browser;
let assent: Assent;
let opened: Opened;
let page: Page;
let hands: Hands;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());
beforeEach(async () => {
  assent = await serve();
});
afterEach(async () => {
  await assent.stop();
  await opened.close();
});

/** A flow in the studio, with one of its runs. */
async function visit(flow: string, run: string, more: Parameters<typeof open>[2] = {}): Promise<void> {
  const link = new URL(assent.studio);
  link.searchParams.set('run', run);
  opened = await open(browser, link.href, { path: `/studio/${flow}`, viewport: LARGE, ...more });
  page = opened.page;
  hands = new Hands(page);
  await page.locator('[id^=card-]').first().waitFor();
}

const stateOf = async (run: string): Promise<string | undefined> => (await assent.call('runs', {})).runs.find((one) => one.run === run)?.state;
const newest = async (): Promise<string> => (await assent.call('runs', {})).runs[0]?.run ?? '';
const short = (run: string): string => run.slice(run.lastIndexOf('-') + 1).slice(-6).toLowerCase();
const panel = (): Locator => page.getByRole('region', { name: 'Run', exact: true });
const inspector = (): Locator => page.getByRole('complementary', { name: 'Inspector' });

/** A run of hello, shown in the studio with its flow drawn otherwise and not saved. */
async function helloThenGoodbye(more: Parameters<typeof open>[2] = {}): Promise<string> {
  const hello = JSON.parse(await readFile(HELLO, 'utf8')) as { nodes: object[]; edges: object[]; layout: { nodes: Record<string, object> } };
  // A step that nothing changes.
  hello.nodes.push({ id: 'sign', kind: 'template', version: 1, name: 'Sign', config: { inputs: [{ name: 'name', type: 'text' }], text: 'For {{ name }}' } });
  hello.edges.push({ from: 'input.name', to: 'sign.name' });
  hello.layout.nodes.sign = { x: 260, y: 200 };
  await assent.call('flow.new', { name: 'Hello', folder: '', text: JSON.stringify(hello) });
  const { run } = await assent.call('run', { flow: { id: 'hello' }, inputs: [{ name: 'name', value: { text: 'Ada' } }] });
  await until(async () => (await stateOf(run)) === 'completed', 'the first run is done');
  await visit('hello', run, more);
  await expect.poll(() => hands.card('greet').innerText()).toContain('Hello, Ada.');
  await hands.choose('greet');
  const text = inspector().locator('[data-field="text"] .cm-content');
  await text.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('Goodbye, ');
  await page.keyboard.insertText('{{ name }}.');
  await expect.poll(() => text.innerText()).toContain('Goodbye, {{ name }}.');
  return run;
}

async function menu(item: string | RegExp): Promise<void> {
  await panel().getByRole('button', { name: 'More about this run' }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

test('a run is rehearsed on the flow as it is drawn, and gone on with from a step with a value set by hand', async () => {
  const first = await helloThenGoodbye();

  await menu('Rehearse on this version…');
  const rehearsal = page.getByRole('dialog', { name: `Rehearse run ${short(first)}` });
  const table = rehearsal.getByRole('grid', { name: 'Steps, then and now' });
  await table.waitFor();
  await expect.poll(() => table.getByRole('row').nth(1).innerText()).toMatch(/Changed[\s\S]*“Hello, Ada.”[\s\S]*“Goodbye, Ada.”/);
  expect(await rehearsal.innerText()).toContain('Nothing was carried out.');
  await expectAccessible(page);
  await shoot(page, 'again-rehearsed');
  const differing = await table.getByRole('row').count();
  await rehearsal.getByRole('checkbox', { name: 'Only what differs' }).click();
  await expect.poll(() => table.getByRole('row').count()).toBeGreaterThan(differing);
  await page.keyboard.press('Escape');
  await rehearsal.waitFor({ state: 'hidden' });
  expect((await assent.call('runs', {})).runs).toHaveLength(1);

  await hands.card('greet').click({ button: 'right', position: { x: 60, y: 12 } });
  await page.getByRole('menuitem', { name: 'Run again from here…' }).click();
  const again = page.getByRole('dialog', { name: /^Run again from/ });
  await again.getByText('Nothing that was done outside would be done a second time.').waitFor();
  await again.getByText('As the flow is now').click();
  await again.getByText('with what is not saved yet').waitFor();
  await again.getByRole('combobox', { name: 'Step and value' }).click();
  await page.getByRole('option', { name: /Input · name/ }).click();
  const value = again.getByRole('textbox', { name: 'Value of Input · name' });
  await value.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('"Grace');
  await again.getByRole('button', { name: 'Run again from here' }).click();
  await again.getByText('This is not JSON yet').first().waitFor();
  await page.keyboard.press('Control+a');
  await value.click();
  await page.keyboard.press('Control+a');
  await page.keyboard.insertText('"Grace"');
  await shoot(page, 'again-asked');
  await expectAccessible(page);
  await again.getByRole('button', { name: 'Run again from here' }).click();
  await again.waitFor({ state: 'hidden' });

  await expect.poll(() => hands.card('greet').innerText()).toContain('Goodbye, Grace.');
  await expect.poll(() => hands.card('input').innerText()).toContain('set by hand: “Grace”');
  const second = await until(async () => (await newest()) !== first && newest(), 'there is a second run');
  await panel().getByText('goes on from').waitFor();
  expect(await panel().getByRole('link', { name: `run ${short(first)}` }).first().innerText()).toContain(short(first));
  await hands.choose('input');
  await inspector().getByText('set by hand').waitFor();
  await panel().getByText('No payment and no write rests on it', { exact: false }).waitFor();
  await shoot(page, 'again-by-hand');
  await expectAccessible(page);

  // From the last step what is before it is copied; the keys ask, too.
  await hands.choose('output');
  await page.keyboard.press('Control+Shift+Enter');
  await again.getByText('3 results before it are copied.').waitFor();
  await again.getByRole('button', { name: 'Run again from here' }).click();
  await again.waitFor({ state: 'hidden' });
  await expect.poll(() => hands.card('greet').innerText()).toContain('copied: “Goodbye, Grace.”');
  // What was set by hand, and what was copied before, still says so.
  expect(await hands.card('input').innerText()).toContain('set by hand: “Grace”');
  expect(await hands.card('sign').innerText()).toContain('copied: “For Ada”');
  await hands.choose('greet');
  await panel().getByText('it was not carried out again', { exact: false }).waitFor();
  await shoot(page, 'again-copied');
  await panel().getByRole('link', { name: `run ${short(second)}` }).first().click();
  await expect.poll(() => hands.card('input').innerText()).toContain('set by hand: “Grace”');
});

test('what happened already is listed, and is asked of the gate again', async () => {
  let requests = 0;
  const host = createServer((_, response) => {
    requests += 1;
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => host.once('listening', resolve));
  try {
    const at = `127.0.0.1:${(host.address() as AddressInfo).port}`;
    await allowWrites(browser, assent, at);
    await assent.call('flow.new', { name: 'Post', folder: '', text: posting(at, 'one') });
    const { run } = await assent.call('run', { flow: { id: 'post' }, inputs: [] });
    await until(async () => (await stateOf(run)) === 'completed', 'it is sent');
    await visit('post', run);
    await hands.choose('one');
    await page.keyboard.press('Control+Shift+Enter');
    const again = page.getByRole('dialog', { name: 'Run again from “Order one”' });
    await again.getByText('This happened already, and would be done a second time').waitFor();
    expect(await again.getByRole('listitem').innerText()).toContain(at);
    await shoot(page, 'again-effects');
    await expectAccessible(page);
    await again.getByRole('button', { name: 'Run again from here', exact: true }).click();
    await until(async () => requests === 2, 'it is sent a second time, with a key of its own');

    // On paper it is not.
    await menu('Rehearse on this version…');
    await page.getByText('Every step gives what it gave then').waitFor();
    await shoot(page, 'again-same');
    expect(requests).toBe(2);
    await page.keyboard.press('Escape');
    const { info } = await assent.call('flow.get', { id: 'post' });
    await assent.call('flow.save', { id: 'post', base: info.stamp, text: posting(at, 'one', 'two') });
    await page.reload();
    await menu('Rehearse on this version…');
    await page.getByText('It stops at “Order two”', { exact: false }).waitFor();
    await shoot(page, 'again-stopped');
    expect(requests).toBe(2);
  } finally {
    host.closeAllConnections();
    host.close();
  }
});

test('a step that waits says why, down to what it waits for', async () => {
  await assent.call('flow.new', { name: 'Later', folder: '', text: JSON.stringify(LATER) });
  const { run } = await assent.call('run', { flow: { id: 'later' }, inputs: [{ name: 'name', value: { text: 'Ada' } }] });
  await visit('later', run);
  await panel().getByRole('tab', { name: 'Timeline' }).waitFor();
  await hands.choose('greet');
  const why = inspector().getByRole('button', { name: 'Why does it wait?' });
  await why.click();
  const reason = inspector().getByRole('button', { name: 'Wait', exact: true });
  await reason.waitFor();
  await shoot(page, 'again-why');
  await expectAccessible(page);
  await reason.click();
  await inspector().getByRole('button', { name: 'Why does it sleep?' }).waitFor();
  expect(await hands.card('wait').getAttribute('class')).toContain('chosen');
});
