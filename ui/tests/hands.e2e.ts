// Everything that hands and keys do to what is drawn, each gesture once, over a program of its own.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { Hands, boxOf } from './hands';
import { type Assent, type Opened, expectAccessible, launch, open, serve, shoot, until } from './harness';

interface Placed {
  id: string;
  kind: string;
  at: [x: number, y: number];
  config?: Record<string, unknown>;
  name?: string;
}

const WAV = fileURLToPath(new URL('../../assets/voice/send-25-alice.wav', import.meta.url));

/** A flow's text: its nodes where they stand, and its wires as `a.out b.in`. */
function flow(id: string, nodes: Placed[], wires: string[] = []): string {
  return JSON.stringify({
    schema: 'assent.flow/1', id, name: id,
    nodes: nodes.map(({ id: node, kind, config = {}, name }) => ({ id: node, kind, version: 1, config, ...(name !== undefined && { name }) })),
    edges: wires.map((wire) => ({ from: wire.split(' ')[0], to: wire.split(' ')[1] })),
    layout: { nodes: Object.fromEntries(nodes.map(({ id: node, at: [x, y] }) => [node, { x, y }])) },
  });
}

const INPUT = { ports: [{ name: 'name', type: 'text', default: 'Zoë' }] };
const OUTPUT = { ports: [{ name: 'said', type: 'text' }] };
const SAY = { text: 'Hello, {{ value }}.' };
/** Four nodes in a row; the last two on no line of the grid. */
const ROW: Placed[] = [
  { id: 'start', kind: 'input', at: [0, 0], config: INPUT }, { id: 'say', kind: 'template', at: [300, 0], config: SAY },
  { id: 'end', kind: 'output', at: [600, 0], config: OUTPUT }, { id: 'wait', kind: 'delay', at: [47, 233], config: { ms: 10 } },
];
const WIRES = ['start.name say.value', 'say.text end.said'];

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

/** Opens a flow of its own in the studio. */
async function draws(text: string, path?: string): Promise<void> {
  const { info } = await assent.call('flow.new', { name: 'Row', folder: '', text });
  opened = await open(browser, assent.studio, { path: path ?? `/studio/${info.id}`, viewport: { width: 1600, height: 1000 }, permissions: ['clipboard-read', 'clipboard-write'] });
  page = opened.page;
  hands = new Hands(page);
  await page.locator('[id^=card-]').first().waitFor();
}

/** The flow as it would be saved now. */
async function drawn(id = 'row'): Promise<{ nodes: { id: string; kind: string; name?: string; config: Record<string, unknown> }[]; edges: { from: string; to: string }[]; layout: { nodes: Record<string, { x: number; y: number }>; frames?: Record<string, { width: number; height: number }> } }> {
  await page.keyboard.press('Control+s');
  await page.getByLabel('Notices').getByText('is saved').last().waitFor();
  return JSON.parse(await readFile(join(assent.workspace, 'flows', `${id}.flow.json`), 'utf8')) as never;
}
const wires = ({ edges }: { edges: { from: string; to: string }[] }): string[] => edges.map(({ from, to }) => `${from} ${to}`).sort();

test('a dragged node is pulled into line with its neighbours, and lines say so', async () => {
  await draws(flow('row', ROW, WIRES));
  await hands.press('0');
  const [from, wait, end] = [await hands.head('end'), await boxOf(hands.card('wait')), await boxOf(hands.card('end'))];
  // Nearly under the left edge of a node that stands on no line of the grid.
  await hands.draw(from, { x: from.x + wait.x - end.x + 4, y: from.y + 420 });
  await page.locator('.guide').first().waitFor();
  await shoot(page, 'hands-guides');
  await page.mouse.up();
  await page.locator('.guide').first().waitFor({ state: 'detached' });
  expect((await drawn()).layout.nodes.end?.x).toBe(47);
});

test('nodes are duplicated, and cut and pasted, with their wires', async () => {
  await draws(flow('row', ROW, WIRES));
  await hands.choose('say', 'end');
  await hands.press('Control+d');
  await hands.sees('end', 'end-2', 'say', 'say-2', 'start', 'wait');
  expect(wires(await drawn())).toContain('say-2.text end-2.said');
  await hands.press('Control+x');
  await hands.sees('end', 'say', 'start', 'wait');
  await hands.press('Control+v');
  await until(async () => (await hands.cards()).length === 6, 'what was cut is back');
  await hands.did('Paste 2 nodes');
});

test('a frame is put around nodes, resized, and taken away', async () => {
  await draws(flow('row', ROW, WIRES));
  await hands.choose('start', 'say');
  await hands.press('Control+g');
  await hands.did('Frame 2 nodes');
  const before = Object.values((await drawn()).layout.frames ?? {})[0];
  expect(before).toBeDefined();
  // Its corner: to the right of the right node and below the taller one, as far as the frame goes over them.
  const { layout } = await drawn();
  const [start, card] = [layout.nodes.start, await boxOf(hands.card('start'))];
  const zoom = card.width / 220;
  const rect = Object.values(layout.frames ?? {})[0] as { x: number; y: number; width: number; height: number };
  const corner = { x: card.x + (rect.x + rect.width - (start?.x ?? 0)) * zoom - 4, y: card.y + (rect.y + rect.height - (start?.y ?? 0)) * zoom - 4 };
  await hands.drag(corner, { x: corner.x, y: corner.y + 80 });
  await hands.did('Resize the frame');
  const after = Object.values((await drawn()).layout.frames ?? {})[0];
  expect(after?.height).toBeGreaterThan(before?.height ?? 0);
  await shoot(page, 'hands-frame');
  await hands.press('Control+Shift+g');
  await hands.did('Take the frame away');
});

test('nodes are put in line and spread evenly', async () => {
  await draws(flow('row', ROW.map((node, at) => ({ ...node, at: [at * 300 + (at === 1 ? 40 : 0), at * 37] as [number, number] })), WIRES));
  await hands.press('Control+a');
  await page.getByRole('button', { name: 'Align top' }).click();
  await hands.did('Align 4 nodes');
  await page.getByRole('button', { name: 'Distribute across' }).click();
  await hands.did('Distribute 4 nodes');
  await shoot(page, 'hands-aligned');
  const { nodes } = (await drawn()).layout;
  expect(Object.values(nodes).map(({ y }) => y)).toEqual([0, 0, 0, 0]);
  expect(Object.values(nodes).map(({ x }) => x).sort((a, b) => a - b)).toEqual([0, 300, 600, 900]);
});

test('a double click on the open canvas adds a node there', async () => {
  await draws(flow('row', ROW, WIRES));
  const { x, y } = await boxOf(hands.canvas);
  await page.mouse.dblclick(x + 700, y + 620);
  await page.getByRole('dialog', { name: 'Add a node' }).waitFor();
  await page.keyboard.type('note');
  await page.keyboard.press('Enter');
  await hands.sees('end', 'note', 'say', 'start', 'wait');
  const note = await boxOf(hands.card('note'));
  expect(Math.abs(note.x + note.width / 2 - (x + 700))).toBeLessThan(30);
});

test('a node that is dropped on a wire goes into it', async () => {
  await draws(flow('row', ROW.map((node) => (node.id === 'end' ? { ...node, at: [1000, 0] as [number, number] } : node)), WIRES));
  const [from, out, into, card] = [await hands.head('wait'), await hands.socket('say', 'out'), await hands.socket('end', 'in'), await boxOf(hands.card('wait'))];
  const middle = { x: (out.x + into.x) / 2, y: (out.y + into.y) / 2 };
  await hands.draw(from, { x: middle.x - card.width / 2 + (from.x - card.x), y: middle.y - card.height / 2 + (from.y - card.y) });
  await shoot(page, 'hands-splice');
  await page.mouse.up();
  await hands.did('Put into the wire');
  expect(wires(await drawn())).toEqual(['say.text wait.value', 'start.name say.value', 'wait.value end.said']);
});

test('a port that is drawn into the open offers what fits, and nothing else', async () => {
  await draws(flow('row', [{ id: 'hear', kind: 'transcribe', at: [300, 0] }, ...ROW.slice(0, 1)]));
  const from = await hands.socket('hear', 'in');
  await hands.drag(from, { x: from.x - 120, y: from.y + 200 });
  const offers = page.getByRole('dialog', { name: 'Add a node' }).getByRole('option');
  await offers.first().waitFor();
  await expectAccessible(page);
  const names = await offers.evaluateAll((all) => all.map((one) => one.querySelector('.what .cut')?.textContent ?? ''));
  // Only what may give a sound: values of any type, no texts and no intents.
  expect(names).toContain('Delay');
  for (const name of ['Template', 'Parse intent', 'Pay', 'Note', 'Log'].filter((one) => one !== 'Log')) expect(names).not.toContain(name);
  await page.keyboard.press('Escape');
});

test('a node is deleted, and what it stood between is wired', async () => {
  await draws(flow('row', ROW, WIRES));
  await hands.choose('say');
  await hands.press('Shift+Delete');
  await hands.sees('end', 'start', 'wait');
  await hands.did('Delete and reconnect');
  expect(wires(await drawn())).toEqual(['start.name end.said']);
});

test('F2 renames a node where it stands', async () => {
  await draws(flow('row', ROW, WIRES));
  await hands.choose('say');
  await hands.press('F2');
  const field = page.getByRole('textbox', { name: 'Name of the node' });
  await field.fill('Greet them');
  await shoot(page, 'hands-rename');
  await field.press('Enter');
  await hands.card('say').getByText('Greet them').waitFor();
  expect((await drawn()).nodes.find(({ id }) => id === 'say')?.name).toBe('Greet them');
  await hands.press('F2');
  await field.fill('Not this');
  await field.press('Escape');
  await hands.card('say').getByText('Greet them').waitFor();
});

test('nodes become a sub-flow, which is gone into and out of, and come back', async () => {
  await draws(flow('row', ROW, WIRES));
  await hands.choose('say');
  await page.getByRole('button', { name: 'More about this node' }).click();
  await page.getByRole('menuitem', { name: 'Collapse to a sub-flow' }).click();
  await hands.did('Collapse to a sub-flow');
  const node = (await hands.cards()).find((id) => !['start', 'end', 'wait'].includes(id)) ?? '';
  expect(wires(await drawn())).toHaveLength(2);

  const { x, y } = await hands.head(node);
  await page.mouse.dblclick(x, y);
  const crumbs = page.getByRole('navigation', { name: 'Sub-flows' });
  await crumbs.waitFor();
  await hands.card('say').waitFor();
  await shoot(page, 'hands-subflow');
  await expectAccessible(page);
  await crumbs.getByRole('button', { name: 'row' }).click();
  await hands.card(node).waitFor();

  await hands.choose(node);
  await page.getByRole('button', { name: 'More about this node' }).click();
  await page.getByRole('menuitem', { name: 'Expand the sub-flow here' }).click();
  await until(async () => !(await hands.cards()).includes(node), 'the node is its nodes again');
  const { edges, nodes } = await drawn();
  expect(nodes.filter(({ kind }) => kind === 'template')).toHaveLength(1);
  expect(edges).toHaveLength(2);
});

test('a flow that is called twice shows for each caller what it ran', async () => {
  await assent.call('flow.new', {
    name: 'part', folder: '',
    text: flow('part', [
      { id: 'in', kind: 'input', at: [0, 0], config: { ports: [{ name: 'name', type: 'text' }] } }, { id: 'greet', kind: 'template', at: [300, 0], config: SAY },
      { id: 'out', kind: 'output', at: [600, 0], config: OUTPUT },
    ], ['in.name greet.value', 'greet.text out.said']),
  });
  const call = { flow: 'part', inputs: [{ name: 'name', type: 'text' }], outputs: [{ name: 'said', type: 'text' }] };
  await draws(flow('row', [
    { id: 'start', kind: 'input', at: [0, 0], config: INPUT }, { id: 'yes', kind: 'sub-flow', at: [600, 0], config: call }, { id: 'no', kind: 'sub-flow', at: [600, 200], config: call },
    { id: 'branch', kind: 'branch', at: [300, 0], config: { condition: 'true' } },
  ], ['start.name branch.value', 'branch.yes yes.name', 'branch.no no.name']));
  const { run } = await assent.call('run', { flow: { id: 'row' }, inputs: [] });
  await until(async () => (await assent.call('runs', {})).runs.some((one) => one.run === run && one.state === 'completed'), 'the flow has run');
  const inside = async (caller: string): Promise<string> => {
    const link = new URL(assent.studio);
    link.pathname = `/studio/row/${caller}`;
    link.search = `?run=${run}`;
    await page.goto(link.href);
    await hands.card('greet').waitFor();
    await until(async () => /done|skipped/.test((await hands.card('greet').getAttribute('aria-label')) ?? '') || (await page.getByText('Timeline').isVisible()), 'the run is shown');
    await page.waitForTimeout(300);
    return (await hands.card('greet').getAttribute('aria-label')) ?? '';
  };
  expect(await inside('yes')).toContain('done');
  await shoot(page, 'hands-inside');
  expect(await inside('no')).not.toContain('done');
});

test('a node that takes a file is run alone on one that is chosen', async () => {
  await draws(flow('row', [{ id: 'hear', kind: 'log', at: [0, 0], config: { text: 'heard', inputs: [{ name: 'sound', type: 'audio' }] } }]));
  await hands.choose('hear');
  await page.getByRole('button', { name: 'Run this node alone' }).click();
  const dialog = page.getByRole('dialog', { name: /alone$/ });
  await dialog.getByRole('button', { name: 'Run' }).click();
  await dialog.getByText('Choose a file.').waitFor();
  const picking = page.waitForEvent('filechooser');
  await dialog.getByRole('button', { name: /^Choose a file: sound/ }).click();
  await (await picking).setFiles(WAV);
  await dialog.getByText('send-25-alice.wav').waitFor();
  await shoot(page, 'hands-file');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Run' }).click();
  await dialog.waitFor({ state: 'detached' });
  await until(async () => (await assent.call('runs', {})).runs[0]?.state === 'completed', 'the node has run');
});

test('a number is kept as it is written, and one that would be rounded is told', async () => {
  await draws(flow('row', ROW, WIRES).replace('"text","default":"Zoë"', '"json","default":1.0'));
  await page.evaluate(() => navigator.clipboard.writeText('{"schema":"assent.nodes/1","nodes":[{"id":"large","kind":"delay","version":1,"config":{"ms":9007199254740993}}]}'));
  await hands.press('Control+v');
  await hands.did('Paste');
  expect(await page.getByRole('complementary', { name: 'Inspector' }).getByRole('textbox', { name: 'Time' }).inputValue()).toBe('9007199254740993');
  await hands.press('Escape');
  await page.getByText('The number 9007199254740993 would change when it is read.').first().waitFor();
  await shoot(page, 'hands-number');
  await hands.press('Control+z');
  await page.getByRole('button', { name: 'Checked' }).waitFor();
  await drawn();
  expect(await readFile(join(assent.workspace, 'flows', 'row.flow.json'), 'utf8')).toContain('"default": 1.0');
});
