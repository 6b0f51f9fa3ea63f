// The editor as people use it: a flow is opened, changed by pointer and by keyboard, checked, saved and run, over a program of its own.

import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Hands, type Spot, boxOf as box } from './hands';
import { type Assent, LARGE, type Opened, SMALL, expectAccessible, launch, open, serve, shoot, until } from './harness';

const HELLO = readFileSync(fileURLToPath(new URL('../../flows/hello.flow.json', import.meta.url)), 'utf8');

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
  await assent.call('flow.new', { name: 'Hello', folder: '', text: HELLO });
  await visit();
});
afterEach(async () => {
  await assent.stop();
  await opened.close();
});

async function visit(path = '/studio/hello', more: Parameters<typeof open>[2] = {}): Promise<void> {
  opened = await open(browser, assent.studio, { path, permissions: ['clipboard-read', 'clipboard-write'], ...more });
  page = opened.page;
  hands = new Hands(page);
  await page.locator('[id^=card-]').first().waitFor();
}

const canvas = (): Locator => hands.canvas;
const card = (id: string): Locator => hands.card(id);
const cards = (): Promise<string[]> => hands.cards();
const expectCards = (...ids: string[]): Promise<void> => hands.sees(...ids);
const undo = (): Locator => hands.undo;
const redo = (): Locator => page.getByRole('button', { name: /^(Redo|Nothing to redo)/ });
const notice = (text: string | RegExp): Locator => page.getByLabel('Notices').getByText(text);
const said = (): Promise<string> => canvas().getByRole('status').innerText();
const head = (id: string): Promise<Spot> => hands.head(id);
const socket = (id: string, side: 'in' | 'out', at = 0): Promise<Spot> => hands.socket(id, side, at);
const draw = (from: Spot, to: Spot): Promise<void> => hands.draw(from, to);
const drag = (from: Spot, to: Spot): Promise<void> => hands.drag(from, to);
const choose = (id: string): Promise<void> => hands.choose(id);

/** Adds a node by Tab on the canvas. */
async function add(name: string): Promise<void> {
  await canvas().focus();
  await page.keyboard.press('Tab');
  await page.getByRole('dialog', { name: 'Add a node' }).waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press('Enter');
}

const fileText = (): Promise<string> => readFile(join(assent.workspace, 'flows', 'hello.flow.json'), 'utf8');

test('a node is moved, and that is undone and done again', async () => {
  await expectCards('greet', 'input', 'output');
  const from = await head('greet');
  const before = await box(card('greet'));
  await drag(from, { x: from.x + 60, y: from.y + 80 });
  await expect.poll(() => undo().getAttribute('aria-label')).toContain('Move');
  const moved = await box(card('greet'));
  expect(moved.y - before.y).toBeGreaterThan(30);
  await page.keyboard.press('Control+z');
  await expect.poll(async () => (await box(card('greet'))).y).toBeCloseTo(before.y, 0);
  await page.keyboard.press('Control+y');
  await expect.poll(async () => (await box(card('greet'))).y).toBeCloseTo(moved.y, 0);
  await shoot(page, 'editor-moved');
});

test('nodes are added from the palette, by Tab, and from a port that is drawn into the open', async () => {
  await page.getByRole('region', { name: 'Add a node' }).getByRole('button', { name: 'Delay' }).click();
  await expectCards('delay', 'greet', 'input', 'output');
  await page.keyboard.press('Control+z');
  await expectCards('greet', 'input', 'output');

  await add('bran');
  await expectCards('branch', 'greet', 'input', 'output');
  await shoot(page, 'editor-added');
  await expectAccessible(page);

  const from = await socket('greet', 'out');
  await drag(from, { x: from.x + 30, y: from.y + 150 });
  const menu = page.getByRole('dialog', { name: 'Add a node' });
  await menu.getByPlaceholder(/^What takes/).waitFor();
  await shoot(page, 'editor-offer');
  await page.keyboard.type('template');
  await page.keyboard.press('Enter');
  await until(async () => (await cards()).length === 5, 'the offered node is there');
});

test('a wire is drawn, and one that would not do says why', async () => {
  await add('delay');
  await choose('greet');
  await canvas().focus();
  await page.keyboard.press('1');
  await drag(await socket('greet', 'out'), await socket('delay', 'in'));
  await expect.poll(() => undo().getAttribute('aria-label')).toContain('Connect');

  const to = await socket('greet', 'in');
  await draw(await socket('delay', 'out'), { x: to.x + 2, y: to.y });
  await canvas().getByRole('status').filter({ hasText: 'wait for each other in a circle' }).waitFor();
  await shoot(page, 'editor-refused');
  await page.mouse.up();
  await expect.poll(() => undo().getAttribute('aria-label')).toContain('Connect');
});

test('a node is configured, checked and saved', async () => {
  await choose('greet');
  const inspector = page.getByRole('complementary', { name: 'Inspector' });
  await inspector.getByRole('textbox', { name: 'Name', exact: true }).first().fill('Say hello');
  await card('greet').getByText('Say hello').waitFor();
  await expectAccessible(page);
  await shoot(page, 'editor-inspector');
  await page.getByRole('button', { name: /^(Checked|Checking|\d+ problem)/ }).waitFor();

  await page.keyboard.press('Control+s');
  await notice('“Hello” is saved').waitFor();
  expect(await fileText()).toContain('"name": "Say hello"');
});

test('a draft with its history survives a reload', async () => {
  await choose('greet');
  await page.keyboard.press('Alt+ArrowDown');
  await expect.poll(() => undo().getAttribute('aria-label')).toContain('Move');
  const at = await box(card('greet'));
  await until(async () => (await assent.call('flow.get', { id: 'hello' })).draft !== null, 'the draft is kept');
  await page.reload();
  await card('greet').waitFor();
  await expect.poll(() => undo().getAttribute('aria-label')).toContain('Move');
  await undo().click();
  await expect.poll(() => redo().getAttribute('aria-label')).toContain('Move');
  expect((await box(card('greet'))).y).not.toBeCloseTo(at.y, 0);
});

test('a file that was changed elsewhere is no loss', async () => {
  await choose('greet');
  await page.keyboard.press('Alt+ArrowDown');
  await writeFile(join(assent.workspace, 'flows', 'hello.flow.json'), (await fileText()).replace('"name": "Hello"', '"name": "Hello from git"'));
  await until(async () => {
    if (await page.getByRole('alertdialog').isVisible()) return true;
    await page.keyboard.press('Control+s');
    await page.waitForTimeout(1000);
    return false;
  }, 'the conflict is told');
  await shoot(page, 'editor-conflict');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Keep both' }).click();
  await page.getByRole('navigation', { name: 'Open flows' }).getByText('Hello from git').waitFor();
  const { flows } = await assent.call('flow.list', {});
  expect(flows.map((flow) => flow.name).sort()).toEqual(['Hello from git', 'Hello, my copy']);
});

test('the list shows the same as the canvas, and changes it', async () => {
  await page.getByRole('button', { name: 'List view' }).click();
  const name = page.getByRole('textbox', { name: /^Name of/ }).first();
  await name.waitFor();
  await shoot(page, 'editor-list');
  await expectAccessible(page);
  await page.getByRole('button', { name: /^Delete the wire/ }).first().click();
  await expect.poll(() => undo().getAttribute('aria-label')).toContain('Delete a wire');
  await page.keyboard.press('Control+z');
  await expect.poll(() => undo().getAttribute('aria-label')).toBe('Nothing to undo');
});

test('by keyboard alone: from node to node, into ports, and a wire', async () => {
  await add('delay');
  await canvas().focus();
  await page.keyboard.press('Escape');
  await page.keyboard.press('ArrowLeft');
  await expect.poll(said).not.toBe('');
  for (let steps = 0; steps < 6 && !(await canvas().getAttribute('aria-activedescendant'))?.endsWith('greet'); steps += 1) await page.keyboard.press('ArrowLeft');
  for (let steps = 0; steps < 3 && !(await canvas().getAttribute('aria-activedescendant'))?.endsWith('greet'); steps += 1) await page.keyboard.press('ArrowRight');
  expect(await canvas().getAttribute('aria-activedescendant')).toBe('card-greet');
  await page.keyboard.press('Enter');
  await expect.poll(said).toMatch(/^Output text/);
  await page.keyboard.press('Enter');
  await expect.poll(said).toMatch(/ports? fit/);
  await shoot(page, 'editor-keys');
  await page.keyboard.press('Enter');
  await expect.poll(said).toMatch(/^Wired to/);
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+z');
});

test('nodes are copied and pasted, and what is no node is refused with a reason', async () => {
  await choose('greet');
  await page.keyboard.press('Control+c');
  await until(() => page.evaluate(async () => (await navigator.clipboard.readText()).includes('assent.nodes/1')), 'the nodes are in the clipboard');
  await page.keyboard.press('Control+v');
  await until(async () => (await cards()).length === 4, 'the copy is there');
  await page.keyboard.press('Delete');
  await expectCards('greet', 'input', 'output');
  for (const garbage of ['{"a":1}', 'words', '{"schema":"assent.nodes/1","nodes":[{"id":7}]}', '[[[[', '{"schema":"assent.flow/1"}']) {
    await page.evaluate((text) => navigator.clipboard.writeText(text), garbage);
    await canvas().focus();
    await page.keyboard.press('Control+v');
    const told = page.getByLabel('Notices').getByText('Nothing was pasted');
    await told.last().waitFor();
    await page.getByLabel('Notices').getByRole('button', { name: /Close|Dismiss/ }).last().click();
    await told.waitFor({ state: 'detached' });
  }
  await expectCards('greet', 'input', 'output');
});

test('one node is run alone, on the values of the last run or on others', async () => {
  await assent.call('run', { flow: { id: 'hello' }, inputs: [{ name: 'name', value: { text: 'Zoë' } }] });
  await until(async () => (await assent.call('runs', {})).runs.some((run) => run.state === 'completed'), 'the flow has run');
  await page.getByRole('button', { name: 'Run', exact: true }).or(page.getByRole('button', { name: /^Run/ })).first().waitFor();

  const { x, y } = await head('greet');
  await page.mouse.click(x, y, { button: 'right' });
  await page.getByRole('menuitem', { name: 'Run this node alone' }).click();
  const dialog = page.getByRole('dialog', { name: /alone$/ });
  const name = dialog.getByRole('textbox', { name: 'name' });
  await expect.poll(() => name.inputValue()).toBe('Zoë');
  await shoot(page, 'editor-run-node');
  await expectAccessible(page);
  await name.fill('Ada');
  await dialog.getByRole('button', { name: 'Run' }).click();
  await dialog.waitFor({ state: 'detached' });
  await card('greet').getByText('Hello, Ada.').waitFor();
  await page.getByText('One node was run alone').waitFor();
  await shoot(page, 'editor-ran-node');
});

test('a flow that is deleted leaves no tab', async () => {
  await assent.call('flow.new', { name: 'Other', folder: '' });
  const tabs = page.getByRole('navigation', { name: 'Open flows' });
  await page.getByRole('treeitem', { name: 'Other' }).click();
  await tabs.getByText('Other').waitFor();
  await assent.call('flow.delete', { id: 'other' });
  await tabs.getByText('Other').waitFor({ state: 'detached' });
  await card('greet').waitFor();
});

test.each(['dark', 'light'] as const)('the editor is fit for everybody, %s', async (theme) => {
  for (const viewport of [SMALL, LARGE]) {
    await opened.close();
    await visit('/studio/hello', { theme, viewport });
    await shoot(page, `editor-${theme}-${viewport.width}`);
    await expectAccessible(page);
  }
});

test('beside an open run panel the whole flow stays in view, with no tools over it', async () => {
  await canvas().focus();
  await page.keyboard.press('1');
  const high = (await box(canvas())).height;
  await page.keyboard.press('Control+j');
  await until(async () => (await box(canvas())).height < high, 'the panel is open');
  await shoot(page, 'editor-beside-run');
  const tools = await Promise.all([page.getByRole('toolbar', { name: 'View' }), ...(await page.locator('.mini').all())].map(box));
  for (const id of await cards()) {
    const at = await box(card(id));
    for (const tool of tools) {
      const isApart = at.x + at.width <= tool.x || tool.x + tool.width <= at.x || at.y + at.height <= tool.y || tool.y + tool.height <= at.y;
      expect(isApart, `${id} is covered`).toBe(true);
    }
  }
});

test('the version that a run ran with can be looked at and not changed', async () => {
  const { run } = await assent.call('run', { flow: { id: 'hello' }, inputs: [] });
  await opened.close();
  await visit(`/runs/${run}/canvas`);
  expect(await page.getByRole('toolbar', { name: 'View' }).getByRole('button', { name: 'Add a node' }).count()).toBe(0);
  const before = await box(card('greet'));
  const from = await head('greet');
  await drag(from, { x: from.x + 60, y: from.y + 80 });
  expect(await box(card('greet'))).toEqual(before);
  await page.mouse.click(from.x, from.y, { button: 'right' });
  await page.getByRole('menuitem', { name: 'Zoom to it' }).waitFor();
  // Only what leaves the version as it is.
  const items = await page.getByRole('menuitem').allInnerTexts();
  expect(items).toHaveLength(4);
  expect(items.some((item) => item.includes('Run again from here'))).toBe(true);
  await shoot(page, 'editor-ran');
});
