// The voice section and the list of open prompts, in a browser over the stand-in server. `node --test tests/voice.test.mjs`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { browser } from './approvals.desk.mjs';
import { outcome, payment, question } from './approvals.prompts.mjs';
import { RECORDING, studio } from './voice.desk.mjs';

let chromium;
before(async () => { chromium = await browser(); });
after(async () => { await chromium?.close(); });

async function on(path, body, { at = {}, theme = 'dark', ...options } = {}) {
  const served = await studio(options);
  const context = await chromium.newContext({ viewport: { width: 1280, height: 800 }, ...at });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  try {
    await page.goto(served.address(path, `&theme=${theme}`));
    await body(page, served, context);
    assert.deepEqual(errors, []);
  } finally {
    await context.close();
    await served.stop();
  }
}

const pick = async (page, file = RECORDING) => {
  await page.getByRole('button', { name: 'Choose a recording' }).waitFor();
  await page.locator('input[type=file]').setInputFiles(file);
};
const clean = async (page) => {
  const { violations } = await new AxeBuilder({ page }).analyze();
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`), []);
};

test('a recording becomes words, a card and a run', () => on('/voice', async (page, served) => {
  await pick(page);
  await page.getByText('understood as').waitFor();
  assert.equal(await page.getByLabel('Amount').inputValue(), '25.00');
  assert.equal(await page.getByLabel('Purpose').inputValue(), 'the logo design');
  await page.getByText('with the recording').waitFor();
  await page.getByRole('button', { name: 'Start', exact: true }).click();
  await page.waitForURL(/\/runs\/run-50/);
  assert.equal(served.runs[0].flow.id, 'voice-payment');
  assert.equal(served.runs[0].inputs[0].name, 'audio');
  assert.equal(served.runs[0].inputs[0].value.file.name, 'send-25-alice.wav');
}));

test('an edit is a sentence that the grammar reads, and it goes along with the recording', () => on('/voice', async (page, served) => {
  await pick(page);
  await page.getByText('understood as').waitFor();
  await page.getByLabel('Amount').fill('30.00');
  await page.getByText('Send thirty', { exact: false }).or(page.getByText('Send 30 dollars to Alice Chen for the logo design.')).first().waitFor();
  await page.getByText('with the recording and the sentence as it stands above').waitFor();
  await page.getByLabel('Amount').fill('lots');
  await page.getByText('How much? I heard no amount.').waitFor();
  await page.getByRole('button', { name: 'Back to what was said' }).click();
  await page.getByText('with the recording').waitFor();
  assert.equal(await page.getByLabel('Amount').inputValue(), '25.00');
  assert.deepEqual(served.runs, []);
}));

test('a doubt is a question with candidates, chosen by a digit or a press', () => on('/voice', async (page) => {
  await pick(page);
  await page.getByText('Who is it for?').waitFor();
  await page.getByText('Dotted words were heard uncertainly: Elise').waitFor();
  await page.keyboard.press('2');
  await page.getByText('to Elise Martin for the logo design.').waitFor();
  assert.equal(await page.getByText('Who is it for?').count(), 0);
}, { text: 'Send twenty-five dollars to Elise for the logo design', doubtful: ['Elise'] }));

test('what went wrong with a recording is said plainly', async () => {
  for (const [code, title, message] of [
    ['VOICE_SILENT', 'The recording is silent', 'its loudest part is at -78 dB of full scale'],
    ['VOICE_TOO_SHORT', 'The recording is too short', 'the recording lasts 120 ms; at least 300 ms are needed'],
    ['VOICE_TOO_LONG', 'The recording is too long', 'the recording lasts 9000 ms; the model hears at most 6000 ms at once'],
  ]) {
    await on('/voice', async (page) => {
      await pick(page);
      await page.getByText(title, { exact: true }).waitFor();
      await page.getByText(message).waitFor();
      await clean(page);
    }, { fails: { code: 'SPEECH', message: `No words: ${message}.`, hint: 'Say it again.', details: { code } } });
  }
  await on('/voice', async (page) => {
    await pick(page, { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
    await page.getByText('notes.txt is no sound file.').waitFor();
    await page.locator('input[type=file]').setInputFiles({ name: 'empty.wav', mimeType: 'audio/wav', buffer: Buffer.alloc(0) });
    await page.getByText('empty.wav is empty.').waitFor();
  });
});

test('a file is dropped, and the playhead is moved by keys', () => on('/voice', async (page) => {
  await page.getByRole('button', { name: 'Use the sample sentence' }).click();
  await page.getByText('understood as').waitFor();
  const head = page.getByRole('slider', { name: 'Playhead' });
  await head.focus();
  await page.keyboard.press('PageUp');
  await page.keyboard.press('ArrowRight');
  assert.equal(await head.getAttribute('aria-valuenow'), '1.1');
  await page.keyboard.press('End');
  assert.equal(await head.getAttribute('aria-valuenow'), '4.27');
  const file = await page.evaluateHandle(() => {
    const data = new DataTransfer();
    data.items.add(new File(['x'], 'x.txt', { type: 'text/plain' }));
    return data;
  });
  await page.locator('section.voice').dispatchEvent('drop', { dataTransfer: file });
  await page.getByText('x.txt is no sound file.').waitFor();
}));

test('without a flow one is offered', () => on('/voice', async (page, served) => {
  await pick(page);
  await page.getByRole('button', { name: 'Add the voice payment flow' }).click();
  assert.ok(served.log.includes('flow.try'));
}, { flows: [] }));

test('the list of open prompts opens the surface that decides and decides nothing', () => on('/approvals', async (page, served, context) => {
  await page.getByRole('row', { name: /Send 25\.00 USD to Alice Chen/ }).waitFor();
  const opened = context.waitForEvent('page');
  await page.getByRole('button', { name: 'Decide: Send 25.00 USD to Alice Chen' }).click();
  const address = (await opened).url();
  assert.match(address, /^(about:blank|chrome-error.*|http:\/\/127\.0\.0\.1:4781\/.*)$/);
  assert.equal(served.log.some((name) => ['approve', 'deny', 'answer'].includes(name)), false);
}, { prompts: [payment(), question(), outcome()] }));

for (const [look, options] of Object.entries({ dark: {}, light: { theme: 'light' }, high: { at: { contrast: 'more' } } })) {
  test(`axe finds nothing: voice, ${look}`, () => on('/voice', async (page) => {
    await clean(page);
    await pick(page);
    await page.getByText('Who is it for?').waitFor();
    await page.waitForTimeout(300);
    await clean(page);
  }, { ...options, text: 'Send twenty-five dollars to Elise for the logo design', doubtful: ['Elise'] }));
  test(`axe finds nothing: open prompts, ${look}`, async () => {
    await on('/approvals', async (page) => {
      await page.getByRole('row', { name: /Send 25/ }).waitFor();
      await clean(page);
    }, { ...options, prompts: [payment(), question(), outcome()] });
    await on('/approvals', async (page) => {
      await page.getByText('Nothing waits for you').waitFor();
      await clean(page);
    }, options);
  });
}
