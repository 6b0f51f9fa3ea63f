// The studio over the stand-in server, with answers for the voice section and the list of open prompts.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startFixture } from './fixture.mjs';
import { DIST } from './approvals.desk.mjs';
import { sample } from './sample.mjs';

const file = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const RECORDING = file('assets/voice/send-25-alice.wav');
const FLOW = file('flows/voice-payment.flow.json');

const slot = (text, words, value) => {
  const at = Buffer.from(text.slice(0, text.indexOf(words))).length;
  return { value, span: { start: at, end: at + Buffer.from(words).length }, confidence: 0.97 };
};

const SENTENCE = /^Send (.+?) to ("[^"]+"|.+?)(?: for (.+))?$/;
const PEOPLE = { Alice: ['alice-chen', 'Alice Chen'], 'Alice Chen': ['alice-chen', 'Alice Chen'], 'Elise Martin': ['elise', 'Elise Martin'] };
const AMOUNTS = { 'twenty-five dollars': '2500' };

/** As much of a grammar as the pictures need. */
export function understand(text) {
  const [, amount, name, purpose] = SENTENCE.exec(text) ?? [];
  const draft = { action: amount ? slot(text, 'Send', 'pay') : null, amount: null, payees: [], purpose: null, flow: null, limit: null, asset: null };
  const questions = [];
  const minor = amount && (AMOUNTS[amount] ?? (/^(\d+)\.(\d\d) USD$/.test(amount) ? amount.replace(/[^\d]/g, '') : null));
  const ask = (code, slotName, words, message, candidates = []) => questions.push({ code, slot: slotName, span: words ? slot(text, words, 0).span : { start: 0, end: 0 }, message, candidates });
  if (minor) draft.amount = slot(text, amount, { asset: 'USD', minor });
  else ask('missing-amount', 'amount', null, 'How much? I heard no amount.');
  const person = PEOPLE[name?.replaceAll('"', '')];
  if (person) draft.payees = [slot(text, name, { id: person[0], name: person[1] })];
  else if (name) {
    ask('close-payees', 'payee', name, `Several payees are close to "${name}". Which one is meant?`, [
      { value: 'alice-chen', label: 'Alice Chen', confidence: 0.71 }, { value: 'elise', label: 'Elise Martin', confidence: 0.68 },
    ]);
  }
  if (purpose) draft.purpose = slot(text, purpose, purpose);
  const whole = questions.length === 0;
  return {
    parse: { intent: whole ? { action: 'pay' } : null, draft, questions, confidence: 0.9 },
    said: whole ? `Send ${minor === '2500' ? 'twenty-five dollars' : `${Number(minor) / 100} dollars`} to ${person[1]}${purpose ? ` for ${purpose}` : ''}.` : null,
  };
}

export function heard(text, doubtful = []) {
  const words = text.split(' ');
  return {
    text, confidence: 0.8, duration_ms: 4270, model: 'ggml-demo-q8_0.bin', model_sha256: 'ab'.repeat(32), took_ms: 311.4,
    words: words.map((word, at) => ({ text: word, start_ms: 300 + at * 420, end_ms: 680 + at * 420, confidence: doubtful.includes(word) ? 0.43 : 0.96 })),
  };
}

/** The studio; `prompts` are open, and recordings say `text`. */
export async function studio({ prompts = [], text = 'Send twenty-five dollars to Alice for the logo design', doubtful = [], fails, flows } = {}) {
  const usual = sample();
  const runs = [];
  const flow = JSON.parse(await readFile(FLOW, 'utf8'));
  const server = await startFixture({
    dist: DIST,
    answers: {
      ...usual.answers,
      transcribe: ({ sound }) => {
        if (fails) throw fails;
        if (!sound.base64) throw { code: 'BAD_REQUEST', message: 'There is no sound.' };
        return heard(text, doubtful);
      },
      intent: ({ text: sentence }) => understand(sentence),
      'payee.list': { payees: [{ id: 'alice-chen', name: 'Alice Chen', aliases: ['Alice'] }, { id: 'elise', name: 'Elise Martin', aliases: [] }] },
      'flow.get': { info: {}, text: JSON.stringify(flow), stamp: 's', draft: null },
      'flow.try': { flow: {}, inputs: [{ name: 'audio', value: { file: { name: 'send-25-alice.wav', media: 'audio/wav', base64: (await readFile(RECORDING)).toString('base64') } } }] },
      run: (request) => {
        runs.push(request);
        return { run: 'run-50', flow_id: 'voice-payment', name: 'voice-payment', flow: 'ab'.repeat(32), warnings: [] };
      },
    },
    feeds: {
      ...usual.feeds,
      ...(flows && { 'flows.watch': (_, tell) => tell({ flows }) }),
      'prompts.watch': (_, tell) => tell({ prompts }),
    },
  });
  return { ...server, runs, address: (path, more = '') => `${server.origin}${path}#token=t&approvals=4781.t2${more}` };
}
