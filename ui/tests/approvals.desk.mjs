// The surface that decides over the stand-in server, and a page on it.

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { startFixture } from './fixture.mjs';
import { view } from './approvals.prompts.mjs';

export const DIST = process.env.ASSENT_UI_DIST ?? fileURLToPath(new URL('../dist', import.meta.url));

export async function browser() {
  if (!existsSync(`${DIST}/approval.html`)) throw new Error('Build the window first: npm run build');
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
}

/** A server with these prompts open. It takes answers and remembers them in `answers`. */
export async function desk(prompts, { payments = true, details = {} } = {}) {
  const open = new Map(prompts.map((prompt) => [prompt.id, prompt]));
  const answers = [];
  const state = { payments };
  const all = new Map(open);
  const list = () => ({ prompts: [...open.values()] });
  const status = () => ({ version: '0.1.0', workspace: 'w', engine: 'running', runs: 1, prompts: open.size, payments: state.payments, policy: { name: 'usual', number: 3 } });
  const refuse = (message) => { throw { code: 'REFUSED', message, hint: 'Look at it again, and decide then.' }; };
  const close = (id, how) => {
    all.set(id, { ...all.get(id), state: how });
    open.delete(id);
    server.tell('prompts.watch', list());
  };
  const answered = (name, how) => (request) => {
    const { seen } = request.proof ?? {};
    const is = open.get(request.prompt);
    if (!is) refuse(`${request.prompt} is answered already.`);
    if (seen && (seen.request !== is.request_digest || seen.shown !== is.shown_digest)) refuse('What was seen is not what this prompt asks.');
    answers.push({ name, ...request });
    close(request.prompt, how);
    return { prompt: request.prompt, run: 'run-41', answer: how, decision: 'd'.repeat(64) };
  };
  const server = await startFixture({
    dist: DIST,
    answers: {
      'settings.get': { settings: {} },
      'prompt.view': ({ prompt }) => view(all.get(prompt) ?? refuse(`There is no prompt ${prompt}.`), details),
      approve: answered('approve', 'approved'),
      deny: answered('deny', 'rejected'),
      answer: answered('answer', 'approved'),
      'payments.on': () => {
        state.payments = true;
        server.tell('status.watch', status());
        return { paused: false };
      },
    },
    feeds: { 'status.watch': (_, tell) => tell(status()), 'prompts.watch': (_, tell) => tell(list()) },
  });
  return {
    ...server,
    answers,
    state,
    close,
    /** Opens one more, or puts another in its place. */
    ask(prompt) {
      open.set(prompt.id, prompt);
      all.set(prompt.id, prompt);
      server.tell('prompts.watch', list());
    },
    /** Changes what is asked without telling. */
    change(prompt) {
      open.set(prompt.id, prompt);
      all.set(prompt.id, prompt);
    },
    address: (more = '') => `${server.origin}/approval.html#token=t${more}`,
  };
}
