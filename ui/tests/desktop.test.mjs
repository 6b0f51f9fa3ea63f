// What differs in the desktop's own window, over a stand-in for it, and a browser that keeps windows from opening.
// `node --test tests/desktop.test.mjs` after `npm run build`.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';
import { startFixture } from './fixture.mjs';
import { flows, sample, status } from './sample.mjs';

const DIST = process.env.ASSENT_UI_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));
const PICTURES = process.env.ASSENT_PICTURES;

let browser;
before(async () => {
  if (!existsSync(`${DIST}/index.html`)) throw new Error('Build the window first: npm run build');
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
});
after(async () => { await browser?.close(); });

const answers = {
  settings_get: { settings: {} }, settings_set: {}, flow_gallery: { flows: [] }, kinds: { kinds: [] }, flow_bin: { flows: [] },
  flow_get: { info: flows[0], text: '{"schema":"assent.flow/1"}\n', stamp: 's', draft: null },
};
const feeds = {
  status_watch: status, flows_watch: { flows }, runs_changes: { runs: [], removed: [], whole: true }, prompts_watch: { prompts: [] },
};

/** The page as in the desktop: what it asks for is kept in `window.asked`, news are told with `window.news(…)`. */
async function inDesktop(body) {
  const server = await startFixture({ dist: DIST });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.addInitScript(([answered, told]) => {
    window.asked = [];
    let next = 1;
    window.__TAURI_INTERNALS__ = {
      transformCallback: () => next++,
      async invoke(name, given) {
        window.asked.push(name);
        if (name === 'window_news') window.news = given.channel.onmessage;
        else if (name in told) given.channel.onmessage([{ id: given.id, item: told[name] }]);
        else if (name in answered) return answered[name];
        else if (!['window_hide', 'app_quit', 'leave'].includes(name)) throw { code: 'NOT_FOUND', message: `There is no command ${name}.` };
        return null;
      },
    };
  }, [answers, feeds]);
  try {
    await page.goto(`${server.origin}/studio`);
    await page.getByRole('treeitem', { name: 'hello' }).waitFor();
    await body(page);
    assert.deepEqual(errors, []);
  } finally {
    await context.close();
    await server.stop();
  }
}

async function clean(page) {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(bad.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).slice(0, 3).join(' | ')}`), []);
}

const close = (page, runs, tray) => page.evaluate((closing) => window.news({ closing }), { runs, tray });
const asked = (page, name) => page.evaluate((wanted) => window.asked.includes(wanted), name);
const dialog = (page) => page.getByRole('alertdialog');

test('closed while runs go on, the window offers the tray', async () => {
  await inDesktop(async (page) => {
    await close(page, 2, true);
    await dialog(page).getByText('2 runs go on').waitFor();
    if (PICTURES) await page.screenshot({ path: `${PICTURES}/desktop-closing.png` });
    await clean(page);
    await dialog(page).getByRole('button', { name: 'Keep running in the tray' }).click();
    await dialog(page).waitFor({ state: 'detached' });
    assert.equal(await asked(page, 'window_hide'), true);
    assert.equal(await asked(page, 'app_quit'), false);
  });
});

test('without a tray the runs are suspended, or the window stays', async () => {
  await inDesktop(async (page) => {
    await close(page, 1, false);
    await dialog(page).getByText('1 run goes on').waitFor();
    assert.equal(await dialog(page).getByRole('button').count(), 2);
    // The answer that changes nothing has the focus.
    await page.keyboard.press('Enter');
    await dialog(page).waitFor({ state: 'detached' });
    assert.equal(await asked(page, 'app_quit'), false);
    await close(page, 1, false);
    await dialog(page).getByRole('button', { name: 'Suspend and quit' }).click();
    await dialog(page).waitFor({ state: 'detached' });
    assert.equal(await asked(page, 'app_quit'), true);
    assert.equal(await asked(page, 'window_hide'), false);
  });
});

test('an export is a file, and the window says where, or that it could not be written', async () => {
  await inDesktop(async (page) => {
    const exported = async (path) => {
      const written = page.waitForEvent('download');
      await page.getByRole('treeitem', { name: 'hello' }).click({ button: 'right' });
      await page.getByRole('menuitem', { name: 'Export' }).click();
      const download = await written;
      assert.equal(download.suggestedFilename(), 'hello.flow.json');
      await page.evaluate(([url, path]) => window.news({ saved: { url, path } }), [download.url(), path]);
    };
    await exported('/home/me/Downloads/hello.flow.json');
    await page.getByLabel('Notices').getByText('Saved as /home/me/Downloads/hello.flow.json').waitFor();
    await exported(null);
    await page.getByText('hello.flow.json can’t be written into your downloads').waitFor();
  });
});

test('a browser that keeps the approval window from opening is told of', async () => {
  const server = await startFixture({ dist: DIST, ...sample() });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  await page.addInitScript(() => { window.open = () => null; });
  try {
    await page.goto(`${server.origin}/runs#token=t&approvals=1.x`);
    await page.getByRole('button', { name: /approval/i }).first().waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.type('Open the approval window');
    await page.keyboard.press('Enter');
    await page.getByLabel('Notices').getByText('The approval window is blocked').waitFor();
    await page.getByLabel('Notices').getByText('Allow pop-ups for this page').waitFor();
  } finally {
    await context.close();
    await server.stop();
  }
});
