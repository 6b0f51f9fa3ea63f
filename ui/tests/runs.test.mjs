// Runs in a browser over the stand-in server: the list, the panel in the studio, values. `node --test tests/runs.test.mjs` after
// `npm run build`.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { startFixture } from './fixture.mjs';
import { big, listed, runId, runsSample } from './runs.sample.mjs';

const DIST = process.env.ASSENT_UI_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));
const PICTURES = process.env.ASSENT_PICTURES;

let browser;
before(async () => {
  if (!existsSync(`${DIST}/index.html`)) throw new Error('Build the window first: npm run build');
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
});
after(async () => { await browser?.close(); });

/** Opens a page of the window over a sample. */
async function at(path, body, { sample = runsSample(), theme = 'dark', width = 1280, height = 800 } = {}) {
  const asked = [];
  const answers = Object.fromEntries(Object.entries(sample.answers).map(([name, answer]) => [name, (request) => {
    asked.push([name, request]);
    return typeof answer === 'function' ? answer(request) : answer;
  }]));
  const server = await startFixture({ dist: DIST, answers, feeds: sample.feeds });
  const context = await browser.newContext({ viewport: { width, height }, permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  try {
    await page.goto(`${server.origin}${path}#token=t&theme=${theme}`);
    await body(page, server, asked);
    assert.deepEqual(errors, []);
  } finally {
    await context.close();
    await server.stop();
  }
}

async function clean(page) {
  const { violations } = await new AxeBuilder({ page }).exclude('.svelte-flow').analyze();
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(bad.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 3).join(' | ')}`), []);
}

const picture = (page, name) => (PICTURES ? page.screenshot({ path: `${PICTURES}/${name}.png` }) : undefined);
const list = (page) => page.getByRole('grid', { name: 'Runs' });
const panel = (page) => page.getByRole('region', { name: 'Run', exact: true });
const studio = (number) => `/studio/voice-payment?run=${runId(number)}`;

for (const theme of ['dark', 'light']) {
  for (const [width, height] of [[1280, 800], [1920, 1080]]) {
    test(`the list and the panel look right, ${theme}, ${width}`, async () => {
      await at(`/runs/${runId(41)}`, async (page) => {
        await page.getByText('pay Alice Chen 25.00 USD').waitFor();
        await picture(page, `runs-${theme}-${width}`);
        await clean(page);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
      }, { theme, width, height });
      await at(studio(38), async (page) => {
        await panel(page).getByRole('option', { name: /^Understand/ }).click();
        await panel(page).getByText('twenty-five dollars').first().waitFor();
        await picture(page, `studio-${theme}-${width}`);
        await clean(page);
      }, { theme, width, height });
    });
  }
}

test('filters, search by "/" and the way back', () => at('/runs', async (page) => {
  await list(page).getByText('vpay41').waitFor();
  await page.getByText('Failed', { exact: false }).first().click();
  await list(page).getByText('vpay34').waitFor();
  assert.equal(await list(page).getByText('vpay41').count(), 0);
  await page.getByText('All', { exact: true }).click();
  await page.keyboard.press('/');
  await page.keyboard.type('payroll');
  await list(page).getByText('vpay37').waitFor();
  assert.equal(await list(page).getByRole('row').count(), 2);
  await page.keyboard.press('Escape');
  await list(page).getByText('vpay41').waitFor();
  await page.getByRole('searchbox').fill('nothing like this');
  await page.getByText('No run fits').waitFor();
  await page.getByRole('button', { name: 'Show all runs' }).click();
  await list(page).getByText('vpay41').waitFor();
}));

test('several are marked by keys, and each action asks first', () => at('/runs', async (page, server, asked) => {
  await list(page).getByText('vpay41').waitFor();
  await list(page).focus();
  for (const key of ['ArrowDown', 'Space', 'ArrowDown', 'Space', 'ArrowDown', 'ArrowDown', 'Space']) await page.keyboard.press(key);
  await page.getByText('3 runs marked').waitFor();
  await page.getByRole('button', { name: 'Cancel 2' }).click();
  const asks = page.getByRole('alertdialog');
  await asks.getByText('What was already sent is waited for', { exact: false }).waitFor();
  await clean(page);
  await asks.getByRole('button', { name: 'Cancel 2 runs' }).click();
  await page.getByText('2 runs cancelled').waitFor();
  assert.deepEqual(asked.filter(([name]) => name === 'cancel').map(([, { run }]) => run), [runId(41), runId(40)]);
  await list(page).getByText('vpay38').click();
  await page.keyboard.press('Delete');
  await asks.getByRole('button', { name: 'Delete run' }).click();
  await page.getByText('deleted').waitFor();
  server.tell('runs.changes', { runs: [], removed: [runId(38)], whole: false });
  await list(page).getByText('vpay38').waitFor({ state: 'detached' });
}));

test('what failed of several stays to be tried again', () => {
  const sample = runsSample();
  sample.answers.cancel = ({ run }) => {
    if (run === runId(40)) throw { code: 'CONFLICT', message: 'The run ends just now.', hint: 'Look again.' };
    return {};
  };
  return at('/runs', async (page) => {
    await list(page).getByText('vpay41').waitFor();
    await list(page).focus();
    for (const key of ['ArrowDown', 'Space', 'ArrowDown', 'Space']) await page.keyboard.press(key);
    await page.getByRole('button', { name: 'Cancel 2' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel 2 runs' }).click();
    await page.getByText('1 of 2 runs failed. Run vpay40: The run ends just now.', { exact: false }).waitFor();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel run' }).waitFor();
  }, { sample });
});

test('5,000 runs come page by page and only some rows are drawn', () => {
  const runs = Array.from({ length: 5000 }, (_, at) => ({ ...listed[9], run: `run-${String(9_000_000 - at)}`, started_at: listed[9].started_at - at }));
  return at('/runs', async (page) => {
    await list(page).getByRole('row').nth(5).waitFor();
    for (let times = 0; times < 5; times += 1) {
      await list(page).evaluate((box) => { box.scrollTop = box.scrollHeight; });
      await page.waitForTimeout(150);
    }
    assert.ok(await list(page).getByRole('row').count() < 60);
    assert.ok(Number(await list(page).getAttribute('aria-rowcount')) > 400);
    const top = await list(page).evaluate((box) => box.scrollTop);
    assert.ok(top > 3600);
  }, { sample: runsSample({ runs }) });
});

test('no runs, a list that fails, and a cut', async () => {
  await at('/runs', async (page) => { await page.getByText('No runs yet').waitFor(); await clean(page); }, { sample: runsSample({ runs: [] }) });
  const sample = runsSample();
  delete sample.feeds['runs.changes'];
  await at('/runs', async (page) => { await page.getByText('Runs can’t be listed').waitFor(); await page.getByRole('button', { name: 'Try again' }).waitFor(); }, { sample });
  await at(`/runs/${runId(41)}`, async (page, server) => {
    await page.getByText('pay Alice Chen 25.00 USD').waitFor();
    server.cut();
    await page.waitForTimeout(600);
    await list(page).getByText('vpay41').waitFor();
    assert.equal(await page.getByText('pay Alice Chen 25.00 USD').count(), 1);
  });
});

test('time is scrubbed by keys and pointer, and everything shows that moment', () => at(studio(38), async (page) => {
  await panel(page).getByRole('option', { name: 'Pay, done' }).waitFor();
  const head = panel(page).getByRole('slider', { name: 'Moment that is shown' });
  await head.focus();
  await page.keyboard.press('Home');
  await panel(page).getByRole('option', { name: 'Transcribe, waiting' }).waitFor();
  assert.match(await head.getAttribute('aria-valuetext'), /^Moment 1 of 14, 0\.0 s: Voice payment began\./);
  await page.keyboard.press('ArrowRight');
  await panel(page).getByRole('option', { name: 'Transcribe, running' }).waitFor();
  for (let times = 0; times < 4; times += 1) await page.keyboard.press('ArrowRight');
  await panel(page).getByRole('option', { name: 'Ask the approver, asks you' }).waitFor();
  // The canvas shows the same moment.
  await page.locator('.svelte-flow').getByText('waits for an approver').waitFor();
  await page.keyboard.press('End');
  await panel(page).getByRole('option', { name: 'Pay, done' }).waitFor();
  const axis = await head.locator('..').boundingBox();
  await page.mouse.move(axis.x + 4, axis.y + 10);
  await page.mouse.down();
  await page.mouse.move(axis.x + axis.width * 0.3, axis.y + 10, { steps: 4 });
  await page.mouse.up();
  await panel(page).getByRole('option', { name: 'Ask the approver, asks you' }).waitFor();
  await panel(page).getByRole('button', { name: 'To the end' }).click();
  await panel(page).getByRole('option', { name: 'Receipt, done' }).waitFor();
}, { width: 1920, height: 1080 }));

test('a step chosen on the canvas or a wire shows its value', () => at(studio(38), async (page) => {
  await panel(page).getByRole('option', { name: 'Pay, done' }).waitFor();
  await page.locator('.svelte-flow__node').filter({ hasText: 'Understand' }).first().click();
  await panel(page).getByText('matched “Alice”').waitFor();
  await panel(page).getByRole('option', { name: 'Understand, done', selected: true }).waitFor();
  // The other way round: the inspector shows what is chosen on the canvas.
  await panel(page).getByRole('option', { name: 'Risk score, done' }).click();
  await panel(page).getByText('Alice Chen was paid once before.').waitFor();
  await page.getByRole('textbox', { name: 'Name' }).and(page.locator('[value="Risk score"], [placeholder="Risk score"]')).waitFor();
}, { width: 1920, height: 1080 }));

test('10,000 moments: any of them within a frame or two, rows stay few', () => at(studio(33), async (page) => {
  await panel(page).getByText('2,501 steps', { exact: true }).waitFor();
  const head = panel(page).getByRole('slider', { name: 'Moment that is shown' });
  const axis = await head.locator('..').boundingBox();
  await page.mouse.move(axis.x + 4, axis.y + 10);
  await page.mouse.down();
  const frames = page.evaluate(() => new Promise((resolve) => {
    const times = [];
    let last = performance.now();
    const tick = (now) => {
      times.push(now - last);
      last = now;
      if (times.length < 40) requestAnimationFrame(tick);
      else resolve(times.sort((a, b) => a - b)[20]);
    };
    requestAnimationFrame(tick);
  }));
  await page.mouse.move(axis.x + axis.width * 0.7, axis.y + 10, { steps: 60 });
  await page.mouse.up();
  const took = await frames;
  assert.ok(took < 34, `a frame took ${took} ms`);
  assert.ok(await panel(page).getByRole('option').count() < 60);
  await panel(page).getByRole('tab', { name: 'Log' }).click();
  await panel(page).getByRole('listbox', { name: 'Log' }).waitFor();
  assert.ok(await panel(page).getByRole('option').count() < 60);
  await clean(page);
}));

test('a value of 2 MB is fetched when it is wanted, is searched, and does not freeze', () => at(studio(33), async (page) => {
  await panel(page).getByRole('tab', { name: 'Values' }).click();
  await panel(page).getByRole('option').filter({ hasText: 'page' }).first().click();
  await panel(page).getByRole('button', { name: /^Show all 1\.\d MiB|^Show all 2\.\d MiB/ }).click();
  const text = panel(page).getByRole('region', { name: /page/ });
  await text.waitFor();
  assert.ok(await text.locator('.line').count() < 80);
  const took = await text.evaluate((box) => new Promise((resolve) => {
    const begun = performance.now();
    box.scrollTop = box.scrollHeight / 2;
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begun)));
  }));
  assert.ok(took < 200, `scrolling took ${took} ms`);
  await panel(page).getByRole('searchbox', { name: 'Find in this value' }).fill('consectetur');
  await panel(page).getByText('1 of 1,000+').waitFor();
  await panel(page).getByRole('button', { name: 'Copy the value' }).click();
  await page.getByText('Value copied').waitFor();
  assert.equal((await page.evaluate(() => navigator.clipboard.readText())).length, big.length);
  await clean(page);
}));

test('a table sorts, a tree opens by keys, a sound shows its waveform', () => at(studio(33), async (page) => {
  await panel(page).getByRole('tab', { name: 'Values' }).click();
  await panel(page).getByRole('option').filter({ hasText: 'rows' }).first().click();
  const table = panel(page).getByRole('grid');
  await table.getByRole('button', { name: 'name' }).click();
  await table.getByRole('button', { name: 'name' }).click();
  await table.getByText('Customer 800').waitFor();
  await panel(page).getByText('JSON', { exact: true }).click();
  const tree = panel(page).getByRole('tree');
  await tree.focus();
  for (const key of ['ArrowDown', 'ArrowRight', 'ArrowDown', 'ArrowRight']) await page.keyboard.press(key);
  await tree.getByText('"Customer 1"', { exact: true }).waitFor();
  await clean(page);
  await page.goto(`${new URL(page.url()).origin}${studio(38)}#token=t`);
  await page.reload();
  await panel(page).getByRole('tab', { name: 'Values' }).click();
  await panel(page).getByRole('option').filter({ hasText: 'send-25-alice.wav' }).first().click();
  const wave = panel(page).getByRole('slider', { name: 'Place in send-25-alice.wav' });
  await panel(page).getByText('0:00.0 / 0:03.0').waitFor();
  await wave.focus();
  await page.keyboard.press('ArrowRight');
  await panel(page).getByText('0:01.0 / 0:03.0').waitFor();
  assert.ok(await wave.locator('canvas').evaluate((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return data.some((value) => value !== 0);
  }));
  await clean(page);
}));

test('a receipt is verified, and says so when it is not whole', () => {
  const sample = runsSample();
  let times = 0;
  sample.answers.verify = () => (times++ === 0 ? { whole: true, checks: [{ what: 'events', count: 14 }], problems: [] }
    : { whole: false, checks: [], problems: [{ place: 'run 38, event 12', what: 'its hash is another.' }] });
  return at(studio(38), async (page) => {
    await panel(page).getByRole('tab', { name: 'Money' }).click();
    await panel(page).getByRole('button', { name: 'Verify' }).click();
    await panel(page).getByText('Whole: 14 checks passed').waitFor();
    await panel(page).getByRole('button', { name: 'Verify' }).click();
    await panel(page).getByText('its hash is another.').waitFor();
    await clean(page);
  }, { sample });
});

test('the log is filtered by step, level and text, and a line shows its moment', () => at(studio(38), async (page) => {
  await panel(page).getByRole('tab', { name: 'Log' }).click();
  await panel(page).getByText('14 of 14').waitFor();
  await panel(page).getByText('Warnings', { exact: true }).click();
  await panel(page).getByText('1 of 14').waitFor();
  await panel(page).getByText('All', { exact: true }).click();
  await panel(page).getByRole('searchbox', { name: 'Find in the log' }).fill('ledger');
  await panel(page).getByText('1 of 14').waitFor();
  await panel(page).getByRole('option').first().click();
  await panel(page).getByRole('button', { name: 'To the end' }).waitFor();
}));

test('a run opens on the canvas in the version it ran with, and nothing there can be changed', () => at(`/runs/${runId(38)}`, async (page, server, asked) => {
  await page.getByRole('button', { name: 'Open on canvas' }).click();
  await page.getByText('Voice payment as it ran', { exact: false }).waitFor();
  await page.locator('.svelte-flow__node').filter({ hasText: 'Risk score' }).first().click();
  await panel(page).getByText('Alice Chen was paid once before.').waitFor();
  await page.keyboard.press('Delete');
  assert.equal(await page.getByRole('alertdialog').count(), 0);
  // What would change it is not offered.
  assert.equal(await page.getByRole('button', { name: 'Fit' }).count(), 1);
  assert.equal(await page.getByRole('button', { name: 'Tidy' }).count(), 0);
  assert.equal(await page.locator('.svelte-flow__node').count(), 9);
  await picture(page, 'ran');
  await clean(page);
  await page.waitForTimeout(1000);
  assert.equal(asked.some(([name]) => name === 'flow.draft' || name === 'flow.save'), false);
  await page.getByRole('button', { name: 'Back to the list of runs' }).click();
  await list(page).getByText('vpay38').waitFor();
}, { width: 1920, height: 1080 }));
