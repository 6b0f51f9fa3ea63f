// Frames that run what stands in them, as people use them: drawn around nodes by pointer and by keyboard, wired, checked, run, and looked at
// one iteration after the other, over a program of its own.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Box, Hands, type Spot, boxOf } from './hands';
import { type Assent, LARGE, type Opened, SMALL, expectAccessible, launch, open, serve, shoot, until } from './harness';

interface Drawn {
  nodes: { id: string; undo?: string; deadline_ms?: number }[];
  edges: { from: string; to: string }[];
  frames?: { id: string; kind: string; members: string[]; config?: Record<string, unknown> }[];
  defaults?: { deadline_ms?: number };
}

const GREET = { id: 'greet', kind: 'template', version: 1, name: 'Greet', config: { inputs: [{ name: 'name', type: 'text' }], text: 'Hello, {{ name }}.' } };
const INPUT = { id: 'input', kind: 'input', version: 1, config: { ports: [{ name: 'names', type: 'list<text>' }] } };
const OUTPUT = { id: 'output', kind: 'output', version: 1, config: { ports: [{ name: 'greetings', type: 'list<text>' }] } };
const WIRED = [['input.names', 'each.items'], ['each.item', 'greet.name'], ['greet.text', 'each.result'], ['each.results', 'output.greetings']].map(([from, to]) => ({ from, to }));
const PLACES = { input: { x: 0, y: 60 }, greet: { x: 280, y: 60 }, output: { x: 560, y: 60 } };
const EACH = { id: 'each', kind: 'for-each', name: 'Each guest', members: ['greet'], config: { on_failure: 'collect' } };

/** A flow of the three, wired or not. */
const flow = (more: object = {}): string => JSON.stringify({ schema: 'assent.flow/1', id: 'guests', name: 'Guests', nodes: [GREET, INPUT, OUTPUT], layout: { nodes: PLACES }, ...more });
const framed = (more: object = {}): string => flow({
  edges: WIRED, frames: [EACH], layout: { nodes: { input: { x: 0, y: 80 }, greet: { x: 430, y: 130 }, output: { x: 880, y: 80 } }, frames: { each: { x: 300, y: 0, width: 500, height: 290 } } }, ...more,
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

async function draws(text: string, more: Parameters<typeof open>[2] = {}): Promise<void> {
  await assent.call('flow.new', { name: 'Guests', folder: '', text });
  await visit(more);
}
async function visit(more: Parameters<typeof open>[2] = {}): Promise<void> {
  opened = await open(browser, assent.studio, { path: '/studio/guests', viewport: LARGE, permissions: ['clipboard-read', 'clipboard-write'], ...more });
  page = opened.page;
  hands = new Hands(page);
  await page.locator('[id^=card-]').first().waitFor();
}

const frame = (id: string): Locator => page.locator(`#frame-${id}`);
const port = async (id: string, name: string): Promise<Spot> => {
  const { x, y, width, height } = await boxOf(frame(id).locator(`[data-socket="${name}"]`));
  return { x: x + width / 2, y: y + height / 2 };
};
const inspector = (): Locator => page.getByRole('complementary', { name: 'Inspector' });
const said = (): Locator => hands.canvas.getByRole('status').last();

/** The flow as it would be saved now. */
async function drawn(): Promise<Drawn> {
  await page.keyboard.press('Control+s');
  await expect.poll(() => page.getByRole('button', { name: 'Save', exact: true }).isDisabled()).toBe(true);
  return JSON.parse(await readFile(join(assent.workspace, 'flows', 'guests.flow.json'), 'utf8')) as Drawn;
}
const wires = ({ edges }: Drawn): string[] => edges.map(({ from, to }) => `${from} ${to}`).sort();

async function run(list: string): Promise<void> {
  await page.keyboard.press('Control+Enter');
  const dialog = page.getByRole('dialog', { name: /^Run/ });
  await dialog.getByRole('textbox', { name: 'names' }).fill(list);
  await dialog.getByRole('button', { name: 'Run', exact: true }).click();
  await dialog.waitFor({ state: 'detached' });
}

test('by pointer: a frame is put around a node, wired, and runs it for each of three', async () => {
  await draws(flow());
  await hands.choose('greet');
  await page.getByRole('region', { name: 'Add a node' }).getByRole('button', { name: 'For each' }).click();
  await hands.did('Frame 1 node as for each');
  await frame('for-each').getByText('4 at once, stops at a failure').waitFor();
  await page.getByRole('button', { name: /^\d+ problem/ }).waitFor();
  await shoot(page, 'frames-around');
  // What stood beside it was pushed off.
  const [border, input, output] = [await boxOf(frame('for-each')), await boxOf(hands.card('input')), await boxOf(hands.card('output'))];
  expect(input.x + input.width).toBeLessThan(border.x);
  expect(output.x).toBeGreaterThan(border.x + border.width);

  // From a member straight out: refused, and the reason says where to.
  const out = await hands.socket('output', 'in');
  await hands.draw(await hands.socket('greet', 'out'), { x: out.x + 2, y: out.y });
  await hands.canvas.getByText('Wire it to the frame’s result').waitFor();
  await shoot(page, 'frames-refused');
  await page.mouse.up();

  await hands.drag(await hands.socket('input', 'out'), await port('for-each', 'in items'));
  await hands.drag(await port('for-each', 'inner out item'), await hands.socket('greet', 'in', 1));
  await hands.drag(await hands.socket('greet', 'out'), await port('for-each', 'inner in result'));
  await hands.drag(await port('for-each', 'out results'), await hands.socket('output', 'in'));
  await page.getByRole('button', { name: 'Checked' }).waitFor();
  const saved = await drawn();
  expect(wires(saved)).toEqual(['for-each.item greet.name', 'for-each.results output.greetings', 'greet.text for-each.result', 'input.names for-each.items']);
  expect(saved.frames).toMatchObject([{ id: 'for-each', kind: 'for-each', members: ['greet'] }]);

  await run('["Ada", "Bo", "Cy"]');
  await frame('for-each').getByText('3 of 3').waitFor();
  await hands.card('output').waitFor();
  await shoot(page, 'frames-ran');
  const next = frame('for-each').getByRole('button', { name: 'The next' });
  for (const name of ['Ada', 'Bo', 'Cy']) {
    await next.click();
    await hands.card('greet').getByText(`Hello, ${name}.`).waitFor();
  }
  expect(await next.isDisabled()).toBe(true);
  await frame('for-each').getByRole('button', { name: 'The one before' }).click();
  await hands.choose('greet');
  const value = page.getByRole('region', { name: 'Value' });
  await value.getByText('Hello, Bo.').waitFor();
  await shoot(page, 'frames-iteration');
  await frame('for-each').getByRole('button', { name: /is shown/ }).click();
  await page.getByRole('menuitem', { name: 'Element 3' }).click();
  await value.getByText('Hello, Cy.').waitFor();
  // What the frame gave to the step.
  await value.getByRole('combobox', { name: 'Port' }).or(value.getByRole('button', { name: 'Port' })).first().click();
  await page.getByRole('option', { name: /^name/ }).click();
  await value.getByText('Cy', { exact: true }).waitFor();
  await expectAccessible(page);
});

test('by keyboard: a frame from the palette of commands, its ports, its wires, its iterations', async () => {
  await draws(flow({ edges: [{ from: 'input.names', to: 'output.greetings' }] }));
  await hands.choose('greet');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('frame as for each');
  await page.keyboard.press('Enter');
  await hands.did('as for each');
  await hands.canvas.focus();
  expect(await hands.canvas.getAttribute('aria-activedescendant')).toBe('frame-for-each');

  const to = async (name: RegExp): Promise<void> => {
    for (let steps = 0; steps < 12 && !name.test(await said().innerText()); steps += 1) await page.keyboard.press('ArrowDown');
    await expect.poll(() => said().innerText()).toMatch(name);
  };
  await page.keyboard.press('Enter');
  await to(/^Gives to inside item/);
  await page.keyboard.press('Enter');
  await to(/Greet, name/);
  await page.keyboard.press('Enter');
  await expect.poll(() => said().innerText()).toBe('Wired to Greet, name');
  await page.keyboard.press('ArrowLeft');
  await to(/^Input items/);
  await page.keyboard.press('Enter');
  await to(/Input, names/);
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowLeft');
  await to(/^Takes from inside result/);
  await page.keyboard.press('Enter');
  await to(/Greet, text/);
  await page.keyboard.press('Enter');
  await shoot(page, 'frames-keys');
  await page.getByRole('button', { name: 'Checked' }).waitFor();
  await page.keyboard.press('Delete');
  await expect.poll(() => said().innerText()).toMatch(/deleted$/);
  await page.keyboard.press('Control+z');
  expect(wires(await drawn())).toEqual(['for-each.item greet.name', 'greet.text for-each.result', 'input.names for-each.items', 'input.names output.greetings']);

  await run('["Ada", "Bo"]');
  await frame('for-each').getByText('2 of 2').waitFor();
  await hands.press(']');
  await hands.card('greet').getByText('Hello, Ada.').waitFor();
  await hands.press(']');
  await hands.card('greet').getByText('Hello, Bo.').waitFor();
  await hands.press('[');
  await hands.card('greet').getByText('Hello, Ada.').waitFor();
});

test('a frame moves with what is in it; what is dropped in belongs to it, what is dragged out does not', async () => {
  await draws(framed());
  const members = async (): Promise<string[]> => (await drawn()).frames?.flatMap((one) => one.members) ?? [];
  const before = await boxOf(hands.card('greet'));
  const head = await boxOf(frame('each'));
  await hands.drag({ x: head.x + 300, y: head.y + 12 }, { x: head.x + 300, y: head.y - 68 });
  await hands.did('Move a frame');
  expect((await boxOf(hands.card('greet'))).y - before.y).toBeCloseTo(-80, -1);
  expect(await members()).toEqual(['greet']);

  const greet = await hands.head('greet');
  await hands.drag(greet, { x: greet.x, y: greet.y + 420 });
  await hands.did('Move a node');
  expect(await members()).toEqual([]);
  await page.keyboard.press('Control+z');
  await hands.drag(await hands.head('greet'), { x: greet.x + 20, y: greet.y + 20 });
  expect(await members()).toEqual(['greet']);

  await hands.press('Escape');
  const inside = await boxOf(frame('each'));
  const at = await boxOf(hands.canvas);
  await page.getByRole('region', { name: 'Add a node' }).getByRole('button', { name: 'Delay' }).dragTo(hands.canvas, { targetPosition: { x: inside.x - at.x + 250, y: inside.y - at.y + inside.height - 40 } });
  await hands.sees('delay', 'greet', 'input', 'output');
  expect(await members()).toEqual(['delay', 'greet']);
  await hands.press('Control+z');
  await hands.press('Escape');
  await page.getByRole('region', { name: 'Add a node' }).getByRole('button', { name: 'Try', exact: true }).dragTo(hands.canvas, { targetPosition: { x: 150, y: 650 } });
  await frame('try').waitFor();
  const [inner, outer] = [await boxOf(frame('try')), await boxOf(frame('each'))];
  // The frame that is larger takes the other in.
  await hands.drag({ x: outer.x + outer.width - 3, y: outer.y + outer.height - 3 }, { x: outer.x + outer.width + 120, y: outer.y + outer.height + 330 });
  await hands.did('Resize the frame');
  await hands.drag({ x: inner.x + 200, y: inner.y + 12 }, { x: outer.x + 300, y: outer.y + outer.height + 20 });
  const frames = Object.fromEntries(((await drawn()).frames ?? []).map((one) => [one.id, one.members]));
  expect(frames).toEqual({ each: ['greet', 'try'], try: [] });
  await shoot(page, 'frames-nested');

  await page.getByRole('button', { name: 'Tidy' }).click();
  await hands.did('Tidy');
  const contains = (a: Box, b: Box): boolean => a.x < b.x && a.y < b.y && a.x + a.width > b.x + b.width && a.y + a.height > b.y + b.height;
  await expect.poll(async () => contains(await boxOf(frame('each')), await boxOf(hands.card('greet'))) && contains(await boxOf(frame('each')), await boxOf(frame('try')))).toBe(true);
  await shoot(page, 'frames-tidied');
});

test('a frame is renamed where it stands', async () => {
  await draws(framed());
  const head = await boxOf(frame('each'));
  await page.mouse.dblclick(head.x + 60, head.y + 14);
  await frame('each').getByRole('textbox', { name: 'Name of the frame' }).fill('All who came');
  await page.keyboard.press('Enter');
  await frame('each').getByText('All who came').waitFor();
  await hands.did('Rename');
});

test('a frame becomes another, is taken away, and goes with what is in it; all of it is undone', async () => {
  await draws(framed());
  const head = await boxOf(frame('each'));
  const take = (): Promise<void> => page.mouse.click(head.x + 300, head.y + 12);
  await take();
  await inspector().getByText('Runs what stands in it once for each element of a list').waitFor();
  await inspector().getByRole('textbox', { name: 'Parallel' }).fill('2');
  await frame('each').getByText('2 at once, collects failures').waitFor();
  await shoot(page, 'frames-inspector');
  await expectAccessible(page);

  await inspector().getByRole('button', { name: 'What it does with what is in it' }).or(inspector().getByRole('combobox', { name: 'What it does with what is in it' })).first().click();
  await page.getByRole('option', { name: 'Repeat' }).click();
  await inspector().getByText(/at most so many times/).waitFor();
  const until_ = inspector().locator('[data-field="until"] .cm-content');
  await until_.click();
  await page.keyboard.type('rou', { delay: 80 });
  await page.getByRole('option', { name: /^round/ }).first().click();
  await page.keyboard.type(' >= 3');
  await frame('each').getByText('Until round >= 3, at most 10 times').waitFor();
  expect(wires(await drawn())).toEqual(['each.result output.greetings', 'each.value greet.name', 'greet.text each.result', 'input.names each.value']);

  await take();
  await hands.press('Control+Shift+g');
  await hands.did('Take the frame away');
  expect(wires(await drawn())).toEqual(['greet.text output.greetings', 'input.names greet.name']);
  await hands.press('Control+z');
  await take();
  await hands.press('Delete');
  await hands.did('Delete a frame with what is in it');
  await hands.sees('input', 'output');
  await hands.press('Control+z');
  await hands.sees('greet', 'input', 'output');

  await take();
  await hands.press('Control+c');
  await until(() => page.evaluate(async () => (await navigator.clipboard.readText()).includes('assent.nodes/1')), 'the frame is in the clipboard');
  await hands.press('Control+v');
  await hands.sees('greet', 'greet-2', 'input', 'output');
  expect((await drawn()).frames?.map(({ id, kind, members }) => [id, kind, members])).toEqual([['each', 'repeat', ['greet']], ['each-2', 'repeat', ['greet-2']]]);
});

test('failed iterations are marked, and each is looked at', async () => {
  const fails = { ...GREET, config: { ...GREET.config, text: '{% if name == "Bo" %}{{ name.no.such }}{% endif %}Hello, {{ name }}.' } };
  await draws(framed({ nodes: [fails, INPUT, { ...OUTPUT, config: { ports: [{ name: 'greetings', type: 'any' }] } }] }));
  await run('["Ada", "Bo", "Cy"]');
  await frame('each').getByText('3 of 3, 1 failed').waitFor();
  await frame('each').getByRole('button', { name: /are shown/ }).click();
  await page.getByRole('menuitem', { name: 'Element 2, failed' }).click();
  await page.getByRole('menu').waitFor({ state: 'detached' });
  await hands.card('greet').and(page.locator('.failed')).waitFor();
  await shoot(page, 'frames-failed');
  await page.setViewportSize(SMALL);
  await hands.press('1');
  await shoot(page, 'frames-failed-1280');
  await page.setViewportSize(LARGE);
  await frame('each').getByRole('button', { name: 'The next' }).click();
  await hands.card('greet').getByText('Hello, Cy.').waitFor();
});

test('the order of a fallback, what takes a node back, and deadlines', async () => {
  const text = (id: string): object => ({ id, kind: 'template', version: 1, config: { text: id } });
  await draws(JSON.stringify({
    schema: 'assent.flow/1', id: 'guests', name: 'Guests', nodes: [text('first'), text('second'), { id: 'note-it', kind: 'log', version: 1 }, text('work')],
    edges: [{ from: 'first.text', to: 'any.result' }, { from: 'second.text', to: 'any.result' }],
    frames: [{ id: 'any', kind: 'fallback', members: ['first', 'second'] }],
    layout: { nodes: { first: { x: 60, y: 90 }, second: { x: 60, y: 210 }, work: { x: 620, y: 60 }, 'note-it': { x: 620, y: 260 } }, frames: { any: { x: 0, y: 0, width: 480, height: 330 } } },
  }));
  const head = await boxOf(frame('any'));
  await page.mouse.click(head.x + 200, head.y + 12);
  await inspector().getByRole('button', { name: /, number 1 of 2/ }).focus();
  await page.keyboard.press('Alt+ArrowDown');
  await hands.did('Change the order');
  await inspector().getByRole('button', { name: /, number 2 of 2/ }).waitFor();
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-member'))).toBe('first');
  await expectAccessible(page);

  await hands.choose('work');
  await inspector().getByRole('combobox', { name: 'Taken back by' }).fill('note');
  await page.getByRole('option', { name: /note-it/ }).click();
  await inspector().getByRole('textbox', { name: 'Give up after all attempts' }).fill('30');
  await hands.press('Escape');
  await inspector().getByRole('textbox', { name: 'End it after' }).fill('120');
  const saved = await drawn();
  expect(saved.frames?.[0]?.members).toEqual(['second', 'first']);
  expect(saved.nodes.find(({ id }) => id === 'work')).toMatchObject({ undo: 'note-it', deadline_ms: 30_000 });
  expect(saved.defaults?.deadline_ms).toBe(120_000);
  await shoot(page, 'frames-undo');
});

test.each(['dark', 'light'] as const)('frames are fit for everybody, near, far and as a list, %s', async (theme) => {
  await draws(framed({ frames: [EACH, { id: 'guard', kind: 'try', name: '', members: ['each'] }], layout: { nodes: { input: { x: -200, y: 80 }, greet: { x: 430, y: 130 }, output: { x: 1100, y: 80 } }, frames: { each: { x: 300, y: 0, width: 500, height: 290 }, guard: { x: 200, y: -100, width: 760, height: 460 } } } }), { theme });
  for (const viewport of [SMALL, LARGE]) {
    await page.setViewportSize(viewport);
    await hands.press('1');
    await shoot(page, `frames-${theme}-${viewport.width}`);
    await expectAccessible(page);
  }
  await page.mouse.move(900, 500);
  await page.keyboard.down('Control');
  for (let turns = 0; turns < 4; turns += 1) await page.mouse.wheel(0, 300);
  await page.keyboard.up('Control');
  await frame('each').waitFor({ state: 'detached' });
  await shoot(page, `frames-far-${theme}`);
  await page.getByRole('button', { name: 'List view' }).click();
  const row = page.getByRole('row').filter({ has: page.getByRole('textbox', { name: 'Name of Each guest' }) });
  await row.getByRole('textbox').focus();
  await row.getByText(/to what is in it/).first().waitFor();
  await shoot(page, `frames-list-${theme}`);
  await expectAccessible(page);
  await row.getByRole('button', { name: 'Take the frame away' }).click();
  await hands.did('Take the frame away');
});
