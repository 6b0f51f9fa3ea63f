// What the canvas costs: large flows panned, opened and run, in Chromium and in the desktop's own window, beside plain Svelte Flow.
// One figure a line (see `xtask/src/bench.rs`). Needs both programs built for release:
//
//   ASSENT_BIN     the program; else the release build of this tree
//   ASSENT_STUDIO  the desktop; else the release build of this tree
//   CHROMIUM       the browser; else `chromium` of the system
//   an argument    only the engines whose name contains it

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { openBrowser } from './chromium.mjs';
import { flowText } from './flow.mjs';
import { interactive, openFlow, pan, scripts, startRun, zoomTo } from './in-page.mjs';
import { servePlain } from './plain/site.mjs';
import { openWindow } from './webkit.mjs';

const built = (name) => fileURLToPath(new URL(`../../target/release/${name}`, import.meta.url));
const PROGRAM = process.env.ASSENT_BIN ?? built('assent');
const STUDIO = process.env.ASSENT_STUDIO ?? built('assent-studio');

const LARGE = 5000;
const HUGE = 20_000;
/** Zooms: the whole flow; as near as many cards can be; one card as large as it is drawn. */
const VIEWS = [['far out', 0.045], ['zoomed in to 50 %', 0.5], ['zoomed in to 100 %', 1]];
const ROUNDS = 3;
const STARTS = 4;
const PAN = { frames: 150, mostMs: 12_000 };
const LIMITS = { [LARGE]: [20, 34], [HUGE]: [40, 40] };

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const share = (list, part) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))];
const median = (list) => share(list, 0.5);

function figure(what, value, unit, limit) {
  console.log(['figure', what, value.toFixed(3), unit, ...(limit === undefined ? [] : [limit])].join('\t'));
}

/** Pans a few times; the usual round counts. */
async function panned(page, what, [middle, most] = [], rounds = ROUNDS) {
  const found = [];
  for (let round = 0; round < rounds; round += 1) {
    found.push(await page.run(pan, PAN));
    await sleep(500);
  }
  figure(`${what}, median frame`, median(found.map(median)), 'ms', middle);
  figure(`${what}, 95 % of frames`, median(found.map((frames) => share(frames, 0.95))), 'ms', most);
}

async function inStudio(page, name) {
  for (const [count, copies] of [[LARGE, 3], [HUGE, 1]]) {
    for (let copy = 1; copy <= copies; copy += 1) await page.call('flow.new', { name: nameOf(count, copy), folder: '', text: flowText(count).replace(/"name":"Bench[^"]*"/, `"name":"${nameOf(count, copy)}"`) });
  }
  await page.studio();
  await sleep(3000);
  for (const [count, copies] of [[LARGE, 3], [HUGE, 1]]) {
    const opened = [];
    for (let copy = 1; copy <= copies; copy += 1) {
      opened.push(await page.run(openFlow, nameOf(count, copy)));
      await sleep(3000);
    }
    figure(`${name}, ${count} nodes opened`, median(opened) / 1000, 's', count === LARGE ? 0.7 : undefined);
    for (const [where, zoom] of VIEWS) {
      await page.run(zoomTo, zoom);
      await panned(page, `${name}, ${count} nodes, ${where}`, LIMITS[count]);
    }
    if (count === LARGE) await whileRunning(page, name);
  }
}

const nameOf = (count, copy) => `Bench ${count} ${'abc'[copy - 1]}`;

/** The same while the steps of a run change, about a thousand a second. */
async function whileRunning(page, name) {
  for (const [where, zoom] of [VIEWS[0], VIEWS[1]]) {
    await page.run(zoomTo, zoom);
    await page.run(startRun);
    await sleep(1500);
    const before = await progress(page);
    await panned(page, `${name}, ${LARGE} nodes, ${where}, a run shown`, LIMITS[LARGE], 1);
    const after = await progress(page);
    // A step that waits changes twice.
    figure(`${name}, ${where}, changes of steps meanwhile`, (2 * (after.done - before.done)) / ((after.at - before.at) / 1000), '1/s');
    for (let now = after; now.state === 'running' || now.state === 'waiting'; now = await progress(page)) await sleep(500);
  }
}

async function progress(page) {
  const { runs: [run] } = await page.call('runs', { limit: 1 });
  return { at: performance.now(), state: run.state, done: run.steps.done };
}

async function inPlain(page, plain, name) {
  await page.goto(plain.url(LARGE));
  await sleep(5000);
  for (const [where, zoom] of VIEWS) {
    await page.run(zoomTo, zoom);
    await panned(page, `plain Svelte Flow, ${name}, ${where}`, [], 1);
  }
}

/** What a page loads before anything is clicked, packed as it would be sent. */
async function firstView(page) {
  await page.studio();
  await sleep(3000);
  const dist = fileURLToPath(new URL('../dist', import.meta.url));
  const bytes = (await page.run(scripts)).map((path) => gzipSync(readFileSync(join(dist, path))).length);
  figure('JavaScript of the first view, gzip', bytes.reduce((sum, size) => sum + size, 0) / 1000, 'kB', 350);
}

async function inChromium(plain) {
  const page = await openBrowser(PROGRAM);
  try {
    await firstView(page);
    await inStudio(page, 'Chromium');
    await inPlain(page, plain, 'Chromium');
  } finally {
    await page.close();
  }
}

/** The desktop's window; its page asks the program as it always does. */
async function openDesktop(software) {
  const workspace = mkdtempSync(join(tmpdir(), 'assent-bench-'));
  const begun = Date.now();
  const window = await openWindow({ program: STUDIO, args: ['--workspace', workspace], software });
  const first = await window.run(() => location.href);
  return {
    ...window,
    begun,
    studio: () => window.goto(first),
    call: (name, request) => window.run(([command, asked]) => globalThis.__TAURI_INTERNALS__.invoke(command, { request: asked }), [name.replaceAll('.', '_'), request]),
    async close() {
      await window.close();
      rmSync(workspace, { recursive: true, force: true });
    },
  };
}

async function inWindow(plain, software) {
  const name = software ? 'window without layers' : 'window';
  const starts = [];
  for (let start = 0; start < STARTS; start += 1) {
    const page = await openDesktop(software);
    starts.push(((await page.run(interactive)) - page.begun) / 1000);
    await page.close();
  }
  // The first one is cold.
  figure(`${name}, start to interactive`, median(starts.slice(1)), 's', 1);
  const page = await openDesktop(software);
  try {
    await inStudio(page, name);
    await inPlain(page, plain, name);
  } finally {
    await page.close();
  }
}

const ENGINES = [
  ['chromium', inChromium],
  ['window', (plain) => inWindow(plain, false)],
  ['window-without-layers', (plain) => inWindow(plain, true)],
];

const filter = process.argv[2] ?? '';
const plain = await servePlain();
try {
  for (const [name, measure] of ENGINES) {
    if (!name.includes(filter)) continue;
    console.log(`${name}: drawn by the processor, 1440 by 900`);
    await measure(plain);
  }
} finally {
  plain.stop();
}
