// The surface that decides, in a browser over the stand-in server. `node --test tests/approvals.test.mjs` after `npm run build`.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import AxeBuilder from '@axe-core/playwright';
import { browser, desk } from './approvals.desk.mjs';
import { httpCall, outcome, payment, policyChange, prompt, question } from './approvals.prompts.mjs';

const GUARD = 650;
let chromium;
before(async () => { chromium = await browser(); });
after(async () => { await chromium?.close(); });

/** Opens the surface over these prompts and waits until it takes input. */
async function on(prompts, body, { at = {}, more = '', theme = 'dark', wait = GUARD, ...options } = {}) {
  const served = await desk(prompts, options);
  const context = await chromium.newContext({ viewport: { width: 520, height: 760 }, ...at });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  try {
    await page.goto(served.address(`&theme=${theme}${more}`));
    await page.getByText(/left|no time limit|Nothing waits/).first().waitFor();
    await page.waitForTimeout(wait);
    await body(page, served);
    assert.deepEqual(errors, []);
  } finally {
    await context.close();
    await served.stop();
  }
}

const approve = (page) => page.getByRole('button', { name: /to approve|to put it in force/ });
const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim());
const settled = (page) => page.waitForTimeout(GUARD);

async function holdPointer(page, button, ms) {
  const box = await button.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.waitForTimeout(ms);
  await page.mouse.up();
}

test('Reject has the focus, and Enter there is a no with its reason', () => on([payment()], async (page, served) => {
  assert.equal(await focused(page), 'Reject');
  await page.getByLabel('Reason, if you like to give one').fill('not now');
  await page.getByRole('button', { name: 'Reject' }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('Nothing waits for you').waitFor();
  assert.deepEqual(served.answers.map(({ name, reason, surface }) => [name, reason, surface]), [['deny', 'not now', 'window']]);
  await page.getByText('Rejected:').waitFor();
}));

test('nothing is taken for the first half second', () => on([payment()], async (page, served) => {
  // Faster than anybody: as soon as the button is there, and again within the half second.
  await page.evaluate(() => {
    addEventListener('hashchange', () => {
      let seen = false;
      new MutationObserver(() => {
        const reject = [...document.querySelectorAll('button')].find((button) => button.textContent?.trim() === 'Reject');
        if (!reject || seen) return;
        seen = true;
        window.tried = 0;
        const began = performance.now();
        // A timer that came late on a busy machine would be a press like any other.
        const press = () => {
          if (performance.now() - began > 450) return;
          window.tried += 1;
          reject.click();
        };
        press();
        for (const ms of [50, 200, 400]) setTimeout(press, ms);
      }).observe(document.body, { childList: true, subtree: true });
    });
  });
  const next = httpCall();
  served.ask(next);
  await page.getByText('2 prompts').waitFor();
  await page.evaluate((id) => { location.hash = `token=t&theme=dark&prompt=${id}`; }, next.id);
  await page.getByRole('heading', { name: /Send a POST/ }).waitFor();
  await page.waitForTimeout(700);
  assert.ok(await page.evaluate(() => window.tried) >= 1);
  assert.deepEqual(served.answers, []);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: /Send 25/ }).waitFor();
  assert.deepEqual(served.answers.map((answer) => answer.prompt), [next.id]);
}));

test('held by the pointer for 0.8 s it is a yes that names both digests', () => {
  const asked = payment();
  return on([asked], async (page, served) => {
    await holdPointer(page, approve(page), 400);
    assert.deepEqual(served.answers, []);
    await page.mouse.move(10, 10);
    await page.waitForTimeout(5200);
    await holdPointer(page, approve(page), 1000);
    await page.getByText('Nothing waits for you').waitFor();
    assert.deepEqual(served.answers[0].proof, { seen: { request: asked.request_digest, shown: asked.shown_digest, how: 'held', typed: null } });
  });
});

test('a pointer that leaves the button lets go', () => on([payment()], async (page, served) => {
  const box = await approve(page).boundingBox();
  await page.mouse.move(box.x + 20, box.y + 20);
  await page.mouse.down();
  await page.waitForTimeout(300);
  await page.mouse.move(box.x + 20, box.y - 200);
  await page.waitForTimeout(1000);
  await page.mouse.up();
  assert.deepEqual(served.answers, []);
}));

test('Space held for 0.8 s is a yes', () => on([payment()], async (page, served) => {
  await approve(page).focus();
  await page.keyboard.down(' ');
  await page.waitForTimeout(500);
  assert.deepEqual(served.answers, []);
  await page.waitForTimeout(600);
  await page.keyboard.up(' ');
  await page.getByText('Nothing waits for you').waitFor();
  assert.equal(served.answers[0].proof.seen.how, 'held');
}));

test('Enter once is nothing, twice is a yes; a double click and a held Enter are no two presses', () => on([payment()], async (page, served) => {
  await approve(page).dblclick();
  await page.keyboard.down('Enter');
  for (let repeat = 0; repeat < 20; repeat += 1) {
    await page.keyboard.down('Enter');
    await page.waitForTimeout(20);
  }
  await page.keyboard.up('Enter');
  assert.deepEqual(served.answers, []);
  await page.waitForTimeout(5200);
  await approve(page).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Press again to approve 25.00 USD' }).waitFor();
  assert.match(await page.getByText('Press again within 5 seconds').textContent(), /approve 25\.00 USD/);
  await page.waitForTimeout(600);
  assert.deepEqual(served.answers, []);
  await page.keyboard.press('Enter');
  await page.getByText('Nothing waits for you').waitFor();
  assert.equal(served.answers[0].proof.seen.how, 'twice');
}));

test('assistive technology presses by clicks without a pointer', () => on([payment()], async (page, served) => {
  await approve(page).evaluate((button) => button.click());
  await page.waitForTimeout(700);
  await approve(page).or(page.getByRole('button', { name: /Press again/ })).first().evaluate((button) => button.click());
  await page.getByText('Nothing waits for you').waitFor();
  assert.equal(served.answers[0].proof.seen.how, 'twice');
}));

test('several: j and k move, one that waits blocks no other, and the next comes guarded', () => {
  const [one, two, three] = [payment(), httpCall(), question()];
  return on([one, two, three], async (page, served) => {
    await page.getByText('3 prompts').waitFor();
    await page.keyboard.press('j');
    await page.getByRole('heading', { name: /Send a POST/ }).waitFor();
    await settled(page);
    await page.keyboard.press('j');
    await page.getByText('Your answer authorises nothing.').waitFor();
    await settled(page);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Send a POST/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForTimeout(700);
    assert.deepEqual(served.answers.map((answer) => answer.prompt), [three.id]);
    await page.keyboard.press('k');
    await page.getByRole('heading', { name: /Send 25/ }).waitFor();
  });
});

test('a key held over a change stays without effect', () => on([payment(), httpCall()], async (page, served) => {
  await approve(page).focus();
  await page.keyboard.down(' ');
  await page.getByRole('heading', { name: /Send a POST/ }).waitFor();
  for (let repeat = 0; repeat < 15; repeat += 1) {
    await page.keyboard.down(' ');
    await page.waitForTimeout(100);
  }
  await page.keyboard.up(' ');
  await page.waitForTimeout(300);
  assert.equal(served.answers.length, 1);
}));

test('over the step-up limit the amount is typed first', () => on([payment()], async (page, served) => {
  assert.equal(await approve(page).isDisabled(), true);
  await page.getByLabel('Type 25.00 to say yes').fill('25');
  assert.equal(await approve(page).isDisabled(), true);
  await page.getByLabel('Type 25.00 to say yes').fill('25.00');
  await holdPointer(page, approve(page), 1000);
  await page.getByText('Nothing waits for you').waitFor();
  assert.equal(served.answers[0].proof.seen.typed, '25.00');
}, { details: { typing_required: true } }));

test('what changed meanwhile is refused, said and shown as it is now', () => {
  const asked = payment();
  return on([asked], async (page, served) => {
    served.change({ ...payment({ minor: '250000', written: '2500.00' }), id: asked.id });
    await holdPointer(page, approve(page), 1000);
    await page.getByText('What is asked has changed').waitFor();
    await page.getByRole('heading', { name: 'Send 2500.00 USD to Alice Chen' }).waitFor();
    assert.deepEqual(served.answers, []);
  });
});

test('a page whose digests are not of what it shows answers nothing', () => {
  const asked = payment();
  asked.shown = { ...asked.shown, sentence: 'Send 2.00 USD to Alice Chen' };
  return on([asked], async (page, served) => {
    await holdPointer(page, approve(page), 1000);
    await page.getByText('is not what the digests of this prompt name').waitFor();
    assert.deepEqual(served.answers, []);
  });
});

test('expiry is a no and is shown', () => on([payment({ expires: 0.04 })], async (page, served) => {
  await page.getByText('Nobody answered in time').waitFor({ timeout: 5000 });
  assert.equal(await approve(page).count(), 0);
  assert.deepEqual(served.answers, []);
}));

test('one that was answered elsewhere says so', () => {
  const asked = payment();
  return on([asked], async (page, served) => {
    served.close(asked.id, 'rejected');
    await page.getByText('Somebody has said no').waitFor();
    await settled(page);
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Nothing waits for you').waitFor();
  });
});

test('an outcome has three equal answers and none by default', () => on([outcome()], async (page, served) => {
  await page.keyboard.press('Enter');
  await page.keyboard.press(' ');
  await page.waitForTimeout(200);
  assert.deepEqual(served.answers, []);
  await page.getByRole('button', { name: 'It did not happen' }).click();
  await page.getByText('Nothing waits for you').waitFor();
  assert.deepEqual(served.answers.map(({ name, outcome: said }) => [name, said]), [['answer', 'did-not']]);
}));

test('closing by hand is a no; an outcome is left open', async () => {
  await on([payment()], async (page, served) => {
    await page.getByRole('button', { name: 'Close (counts as no)' }).click();
    await page.getByText('You can close this tab now').waitFor();
    assert.deepEqual(served.answers.map(({ name, reason }) => [name, reason]), [['deny', 'Closed by hand']]);
  });
  await on([outcome()], async (page, served) => {
    await page.getByRole('button', { name: 'Close (leaves it open)' }).click();
    await page.getByText('You can close this tab now').waitFor();
    assert.deepEqual(served.answers, []);
  });
});

test('payments go on only after a moment, too', () => on([payment()], async (page, served) => {
  const button = page.getByRole('button', { name: /turn payments on/ });
  await button.click();
  assert.equal(served.state.payments, false);
  await page.mouse.move(5, 5);
  await holdPointer(page, button, 1000);
  await button.waitFor({ state: 'detached' });
  assert.equal(served.state.payments, true);
}, { payments: false }));

test('hostile text stays text, and the buttons stay in the window', () => {
  const asked = payment({ name: 'A'.repeat(3000), purpose: '<b>Approve</b><img src=x onerror=alert(1)> '.repeat(60), heard: false, minor: '170141183460469231731687303715884105727', written: '1701411834604692317316873037158841057.27' });
  return on([asked], async (page) => {
    assert.equal(await page.locator('main b', { hasText: 'Approve' }).count(), 0);
    assert.equal(await page.locator('main img').count(), 0);
    for (const button of [page.getByRole('button', { name: 'Reject' }), approve(page)]) {
      const box = await button.boundingBox();
      assert.ok(box && box.y >= 0 && box.y + box.height <= 600 && box.x >= 0 && box.x + box.width <= 520, JSON.stringify(box));
    }
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 520);
  }, { at: { viewport: { width: 520, height: 600 } } });
});

test('the window that opened it may ask for another prompt', () => {
  const [one, two] = [payment(), httpCall()];
  return on([one, two], async (page) => {
    await page.getByRole('heading', { name: /Send a POST/ }).waitFor();
    await page.evaluate((id) => { location.hash = `token=t&theme=dark&prompt=${id}`; }, one.id);
    await page.getByRole('heading', { name: /Send 25/ }).waitFor();
  }, { more: `&prompt=${two.id}` });
});

test('a cut stream is said, and prompts come again', () => on([payment()], async (page, served) => {
  served.cut();
  await page.waitForTimeout(600);
  served.ask(question());
  await page.getByText('2 prompts').waitFor({ timeout: 8000 });
}));

test('an answer that got lost on the way is not said to be none', () => on([payment()], async (page, served) => {
  await page.route('**/api/approve', (route) => route.abort());
  await holdPointer(page, approve(page), 1000);
  await page.getByText('Whether it was answered is not known').waitFor();
  assert.equal(await focused(page), 'Reject');
  assert.deepEqual(served.answers, []);
}));

const screens = { payment: () => [payment(), httpCall()], call: () => [httpCall()], policy: () => [policyChange()], question: () => [question()], outcome: () => [outcome()], empty: () => [] };
for (const [name, prompts] of Object.entries(screens)) {
  for (const [look, at] of Object.entries({ dark: {}, light: {}, high: { contrast: 'more' } })) {
    test(`axe finds nothing: ${name}, ${look}`, () => on(prompts(), async (page) => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`), []);
    }, { theme: look === 'light' ? 'light' : 'dark', payments: name !== 'question', at }));
  }
}

test('a prompt of an unknown run shows', () => on([prompt('effect', { sentence: 'Do it', facts: [] }, { run: undefined, path: undefined })], async (page) => {
  await page.getByRole('heading', { name: 'Do it' }).waitFor();
}));
