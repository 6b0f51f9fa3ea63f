// Flows from the gallery to the bin, as people do it: by pointer and by keyboard, over a program of its own.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Assent, LARGE, type Opened, SMALL, expectAccessible, launch, open, serve, shoot, until } from './harness';

let browser: Browser;
let assent: Assent;
let opened: Opened;
let page: Page;

beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

beforeEach(async () => {
  assent = await serve();
  opened = await open(browser, assent.studio);
  page = opened.page;
  await page.getByRole('heading', { name: 'Voice payment' }).waitFor();
});
afterEach(async () => {
  await assent.stop();
  await opened.close();
});

const row = (name: string): ReturnType<Page['getByRole']> => page.getByRole('treeitem', { name, exact: true });
const rows = (): Promise<string[]> =>
  page.getByRole('treeitem').evaluateAll((items) => items.map((item) => '  '.repeat(Number(item.ariaLevel) - 1) + (item.querySelector('.cut')?.textContent ?? '')));
const expectRows = (...names: string[]): Promise<unknown> =>
  until(async () => JSON.stringify(await rows()) === JSON.stringify(names), `the tree has ${names.join(', ')}`, 5000).catch(async (late: unknown) => {
    expect(await rows()).toEqual(names);
    throw late;
  });
const toast = (text: string): ReturnType<Page['getByText']> => page.getByLabel('Notices').getByText(text);

const undo = (): Promise<void> => page.getByLabel('Notices').getByRole('button', { name: 'Undo' }).last().click();

async function menu(name: string, item: string): Promise<void> {
  await row(name).click({ button: 'right' });
  await page.getByRole('menuitem', { name: item }).click();
}

async function newFlow(name: string): Promise<void> {
  await page.keyboard.press('Alt+n');
  await page.getByRole('textbox', { name: /^New name of/ }).fill(name);
  await page.keyboard.press('Enter');
  await row(name).waitFor();
}

test('the gallery leads to a receipt in less than two minutes', async () => {
  const began = Date.now();
  await page.getByRole('button', { name: 'Run the voice payment' }).click();
  const guide = page.getByRole('region', { name: 'Your first payment' });
  const decide = guide.getByRole('button', { name: 'Decide' });
  await decide.waitFor();
  await shoot(page, 'flows-asks');
  await expectAccessible(page);

  const opening = page.waitForEvent('popup');
  await decide.click();
  const desk = await opening;
  const yes = desk.getByRole('button', { name: /to approve 25\.00 USD/ });
  await yes.waitFor();
  await shoot(desk, 'flows-decides');
  // For its first half second the page takes no input.
  await desk.waitForTimeout(700);
  const box = await yes.boundingBox();
  if (!box) throw new Error('The button has no place.');
  await desk.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await desk.mouse.down();
  await desk.waitForTimeout(1000);
  await desk.mouse.up();

  await guide.getByRole('button', { name: 'Show the receipt' }).click();
  await page.getByText(/25\.00 USD/).first().waitFor();
  await shoot(page, 'flows-receipt');
  const { runs } = await assent.call('runs', {});
  expect(runs.map(({ state, spent }) => ({ state, spent }))).toEqual([{ state: 'completed', spent: [{ asset: 'USD', minor: '2500' }] }]);
  expect(Date.now() - began).toBeLessThan(120_000);
});

test('flows are made, renamed, duplicated, deleted and brought back by keyboard', async () => {
  await newFlow('Greeting');
  await expectRows('Greeting');
  await row('Greeting').focus();
  await page.keyboard.press('F2');
  await page.getByRole('textbox', { name: 'New name of Greeting' }).fill('Good day');
  await page.keyboard.press('Enter');
  await expectRows('Good day');
  expect(await row('Good day').evaluate((element) => element === document.activeElement)).toBe(true);

  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: 'Duplicate' }).press('Enter');
  await page.getByRole('textbox', { name: 'New name of Good day (copy)' }).press('Escape');
  await expectRows('Good day', 'Good day (copy)');

  await row('Good day (copy)').focus();
  await page.keyboard.press('Delete');
  await toast('“Good day (copy)” is in the bin').waitFor();
  await expectRows('Good day');
  await undo();
  await expectRows('Good day', 'Good day (copy)');
});

test('flows go into folders by pointer and by keyboard, and folders into the bin', async () => {
  await newFlow('One');
  await newFlow('Two');
  await menu('One', 'Move to…');
  await page.getByRole('combobox', { name: 'Into the folder' }).fill('Payments');
  await page.keyboard.press('Tab');
  await page.getByRole('button', { name: 'Move', exact: true }).click();
  await expectRows('Payments', '  One', 'Two');
  await row('Two').dragTo(row('Payments'));
  await expectRows('Payments', '  One', '  Two');
  expect((await assent.call('flow.list', {})).flows.map(({ folder }) => folder)).toEqual(['Payments', 'Payments']);

  await row('Payments').focus();
  await page.keyboard.press('ArrowLeft');
  await expectRows('Payments');
  await page.keyboard.press('Delete');
  await page.getByRole('button', { name: 'Delete the folder' }).click();
  await toast('2 flows of “Payments” are in the bin').waitFor();
  await undo();
  await until(async () => (await assent.call('flow.list', {})).flows.length === 2, 'both are back');
});

test('tags are given and filter the tree', async () => {
  await newFlow('One');
  await newFlow('Two');
  await menu('Two', 'Tags…');
  await page.getByRole('textbox', { name: 'Another tag' }).fill('monthly, money');
  await page.getByRole('button', { name: 'Save tags' }).click();
  await page.getByRole('button', { name: /^monthly/ }).click();
  await expectRows('Two');
  await page.getByRole('button', { name: /^monthly/ }).click();
  await expectRows('One', 'Two');
});

test('what is no flow is refused with a reason, and an export comes back as it was', async () => {
  const pick = async (...files: { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> => {
    const chosen = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'New flow, folder or import' }).click();
    await page.getByRole('menuitem', { name: 'Import…' }).click();
    await (await chosen).setFiles(files);
  };
  const file = (name: string, content: string | Buffer): { name: string; mimeType: string; buffer: Buffer } =>
    ({ name, mimeType: 'application/json', buffer: Buffer.from(content) });
  await pick(file('notes.json', 'not a flow'), file('photo.json', Buffer.from([0x89, 0x50, 0xff])), file('future.json', '{"schema":"assent.flow/9"}'), file('other.json', '{"a":1}'));
  const told = page.getByRole('alert');
  await told.getByText('This is not JSON').waitFor();
  for (const reason of ['It is not text.', 'document version 9', '"schema" is missing']) await told.getByText(reason).waitFor();
  await shoot(page, 'flows-refused');
  await expectAccessible(page);
  await told.getByRole('button', { name: 'Close' }).click();
  expect((await assent.call('flow.list', {})).flows).toEqual([]);

  await page.getByRole('button', { name: 'Open Hello' }).click();
  await row('Hello').waitFor();
  // The gallery stays within reach once a flow is open.
  await page.getByRole('button', { name: 'New flow, folder or import' }).click();
  await page.getByRole('menuitem', { name: 'From the gallery…' }).click();
  await page.getByRole('dialog', { name: 'Gallery' }).getByRole('img', { name: 'Graph of Voice payment' }).waitFor();
  await shoot(page, 'flows-gallery-again');
  await expectAccessible(page);
  await page.keyboard.press('Escape');

  const download = page.waitForEvent('download');
  await menu('Hello', 'Export');
  const kept = await download;
  expect(kept.suggestedFilename()).toBe('hello.flow.json');
  const text = await readFile(await kept.path(), 'utf8');
  expect(text).toBe((await assent.call('flow.get', { id: 'hello' })).text);
  await pick(file('hello.flow.json', text));
  await toast('“Hello” imported').waitFor();
  await expectRows('Hello', 'Hello');
  const again = await assent.call('flow.get', { id: 'hello-2' });
  expect(again.text).toBe(text.replace('"id": "hello"', '"id": "hello-2"'));

  const dropped = await page.evaluateHandle((content) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([content], 'dropped.flow.json', { type: 'application/json' }));
    return transfer;
  }, text.replace('"id": "hello"', '"id": "dropped"').replace('"name": "Hello"', '"name": "Dropped"'));
  await row('Hello').first().dispatchEvent('dragover', { dataTransfer: dropped });
  await row('Hello').first().dispatchEvent('drop', { dataTransfer: dropped });
  await expectRows('Dropped', 'Hello', 'Hello');
});

test('words in flows are found, and lead to their node', async () => {
  await assent.call('flow.try', { id: 'voice-payment' });
  await row('Voice payment').waitFor();
  await page.keyboard.press('Control+Shift+f');
  const field = page.getByRole('searchbox', { name: 'Search flows' });
  await field.fill('ask the');
  await page.getByRole('region', { name: 'In the flows' }).getByText('Ask the approver').waitFor();
  await shoot(page, 'flows-search');
  await expectAccessible(page);
  await field.press('Enter');
  await page.waitForURL(/\/studio\/voice-payment/);
  await field.fill('no such words anywhere');
  await page.getByText('No flow is called so.').waitFor();
});

test('versions are looked at, compared and restored, also where the file changed meanwhile', async () => {
  await assent.call('flow.try', { id: 'hello' });
  const first = await assent.call('flow.get', { id: 'hello' });
  const saved = await assent.call('flow.save', { id: 'hello', text: first.text, base: first.stamp, note: 'As it ships', force: false });
  const changed = first.text.replace('Hello, {{ name }}.', 'Good day, {{ name }}.');
  await assent.call('flow.save', { id: 'hello', text: changed, base: saved.stamp, note: 'More polite', force: false });

  await menu('Hello', 'Versions…');
  const dialog = page.getByRole('dialog', { name: 'Versions of “Hello”' });
  await dialog.getByText('Good day, {{ name }}.').waitFor();
  expect(await dialog.getByText('Hello, {{ name }}.').count()).toBe(1);
  await shoot(page, 'flows-versions');
  await expectAccessible(page);
  await dialog.getByRole('option', { name: /As it ships/ }).click();

  await assent.call('flow.rename', { id: 'hello', name: 'Hello there' });
  await dialog.getByRole('button', { name: 'Restore', exact: true }).click();
  await dialog.getByText('The version was not restored').waitFor();
  await dialog.getByRole('button', { name: 'Restore anyway' }).click();
  await dialog.getByText('Restored', { exact: true }).waitFor();
  expect((await assent.call('flow.get', { id: 'hello' })).text).toBe(first.text);
  const { versions } = await assent.call('flow.versions', { id: 'hello' });
  expect(versions.map(({ why, note }) => `${why} ${note}`.trim())).toEqual(['restore', 'save', 'save More polite', 'save As it ships']);
});

test('what others do is seen at once, and a file that is no flow says why', async () => {
  await assent.call('flow.new', { name: 'From elsewhere', folder: 'Theirs' });
  await expectRows('Theirs', '  From elsewhere');
  await writeFile(join(assent.workspace, 'flows', 'broken.flow.json'), '{ "schema": ');
  await row('broken').waitFor();
  await page.getByText(/broken.*(JSON|flow)|not JSON/i).first().waitFor();
  await assent.call('flow.delete', { id: 'from-elsewhere' });
  await page.getByRole('button', { name: 'Bin' }).click();
  const bin = page.getByRole('dialog', { name: 'Bin' });
  await bin.getByText('From elsewhere').waitFor();
  await expectAccessible(page);
  await shoot(page, 'flows-bin');
  await bin.getByRole('button', { name: 'Restore From elsewhere' }).click();
  await bin.getByText('The bin is empty').waitFor();
});

test.each([['dark', SMALL], ['light', SMALL], ['dark', LARGE], ['light', LARGE]] as const)('the gallery is fit for everybody, %s', async (theme, viewport) => {
  await assent.call('flow.new', { name: 'Payroll', folder: 'Payments' });
  await assent.call('flow.tag', { id: 'payroll', tags: ['monthly'] });
  const other = await open(browser, assent.studio, { theme, viewport });
  await other.page.getByRole('img', { name: 'Graph of Voice payment' }).waitFor();
  await other.page.getByRole('treeitem', { name: 'Payroll' }).waitFor();
  await shoot(other.page, `flows-gallery-${theme}-${viewport.width}`);
  await expectAccessible(other.page);
  await other.page.getByRole('treeitem', { name: 'Payroll' }).click({ button: 'right' });
  await other.page.getByRole('menu').waitFor();
  await expectAccessible(other.page);
  await other.close();
});
