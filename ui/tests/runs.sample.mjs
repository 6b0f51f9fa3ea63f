// Runs for pictures and tests: a list, a payment that asks, a long loop, and values of every sort.

import { readFileSync } from 'node:fs';

const NOW = Date.now();
const hex = (seed) => Array.from({ length: 64 }, (_, at) => ((seed * 7 + at * 13 + ((at * seed) % 11)) % 16).toString(16)).join('');
const usd = (minor) => ({ asset: 'USD', minor: String(minor) });
export const runId = (number) => `run-01jd3k${String(number).padStart(3, '0')}vpay${String(number).padStart(2, '0')}`;

export const voicePayment = readFileSync(new URL('../../flows/voice-payment.flow.json', import.meta.url), 'utf8');

const kind = (name, title, icon, effect = 'pure') => ({
  name, title, icon, effect, version: 1, summary: '', group: 'Voice and intent', config: {}, ports: { inputs: [], outputs: [] },
});
export const kinds = [
  kind('input', 'Input', 'log-in'), kind('output', 'Output', 'log-out'), kind('transcribe', 'Transcribe', 'audio-lines'),
  kind('parse-intent', 'Parse intent', 'quote'), kind('risk-score', 'Risk score', 'gauge'), kind('approval', 'Approval', 'hand'),
  kind('pay', 'Pay', 'circle-dollar-sign', 'spend'), kind('http', 'HTTP request', 'globe', 'read'), kind('template', 'Template', 'type'),
];

const flow = {
  id: 'voice-payment', name: 'Voice payment', description: '', folder: '', tags: [], nodes: 9, stamp: hex(41), modified_at: NOW, draft: false,
};

const steps = (total, done, more = {}) => ({ total, done, skipped: 0, failed: 0, running: 0, waiting: 0, ...more });
const run = (number, name, state, ago, more = {}) => ({
  run: runId(number), flow_id: name, name, flow: hex(number), state, asking: false, unknown: false, started_at: NOW - ago * 1000,
  by: 'owner', steps: steps(8, 8), spent: [], ...more,
});

export const listed = [
  run(41, 'voice-payment', 'waiting', 12.4, { asking: true, steps: steps(9, 4, { waiting: 1 }) }),
  run(40, 'campaign', 'running', 36, { steps: steps(8, 3, { running: 2 }), spent: [usd(5000)] }),
  run(39, 'weekly-report', 'running', 144, { steps: steps(4, 2, { running: 1 }), spent: [usd(4)] }),
  run(38, 'voice-payment', 'completed', 1400, { ended_at: NOW - 1_390_900, spent: [usd(4000)] }),
  run(37, 'payroll', 'waiting', 3720, { unknown: true, steps: steps(6, 4, { waiting: 1 }), spent: [] }),
  run(36, 'voice-payment', 'cancelled', 3900, { ended_at: NOW - 3_896_000, steps: steps(8, 4, { skipped: 4 }) }),
  run(35, 'refund', 'completed', 4900, { ended_at: NOW - 4_899_590, steps: steps(5, 5), spent: [usd(1850)] }),
  run(34, 'campaign', 'failed', 6100, { ended_at: NOW - 6_096_800, steps: steps(6, 3, { failed: 1, skipped: 2 }), error: 'post: The host did not answer within 10 s.' }),
  run(33, 'data-pipeline', 'completed', 7400, { ended_at: NOW - 7_352_000, steps: steps(12, 12), spent: [usd(210)] }),
  ...Array.from({ length: 24 }, (_, at) => run(32 - at, ['weekly-report', 'refund', 'voice-payment'][at % 3], 'completed', 90_000 + at * 40_000, {
    ended_at: NOW - 90_000_000 - at * 40_000_000 + 390 * (at + 1), steps: steps(4 + (at % 5), 4 + (at % 5)), spent: at % 2 ? [usd(700 + at)] : [],
  })),
];

const sentence = 'Send twenty-five dollars to Alice for the logo design';
const span = (words) => ({ start: sentence.indexOf(words), end: sentence.indexOf(words) + words.length });
const words = sentence.split(' ').map((text, at) => ({ text, start_ms: at * 300, end_ms: at * 300 + 280, confidence: at === 5 ? 0.74 : 0.97 }));
export const intent = {
  intent: {
    action: 'pay',
    amount: { value: usd(2500), span: span('twenty-five dollars'), confidence: 0.99 },
    payee: { value: { id: 'alice', name: 'Alice Chen' }, span: span('Alice'), confidence: 0.74 },
    purpose: { value: 'the logo design', span: span('the logo design'), confidence: 1 },
  },
  text: sentence, confidence_milli: 970, spoken: true,
};
export const risk = {
  score10_tenths: 21,
  factors: [
    { name: 'new-payee', tenths: 10, reason: 'Alice Chen was paid once before.' }, { name: 'velocity', tenths: 10, reason: '3 payments in the last hour, 7 in the last day.' },
    { name: 'amount', tenths: 1, reason: '25.00 USD is near the usual amount.' }, { name: 'hour', tenths: 0, reason: 'It is 14 o’clock.' },
  ],
};
const verdict = {
  outcome: 'ask', code: 'CONSENT', reason: 'Over 10.00 USD a person decides.', policy: 3,
  lines: [
    { rule: 'max_payment', outcome: 'allow', code: 'OK', reason: '25.00 USD is under the most for one payment, 500.00 USD.' },
    { rule: 'daily_cap', outcome: 'allow', code: 'OK', reason: '145.00 of 1,000.00 USD of today are used.' },
    { rule: 'consent', outcome: 'ask', code: 'CONSENT', reason: 'Over 10.00 USD a person decides.' },
  ],
};
const action = {
  type: 'pay', account: 'operations', rail: 'credits', payee: 'alice', payee_name: 'Alice Chen', address: 'credits:alice', amount: usd(2500), purpose: 'the logo design',
};
export const receipt = {
  request: { key: hex(3), run: runId(38), path: 'pay', action }, request_digest: hex(5), verdict, prompt: 'prompt-1', decisions: [hex(6)], surfaces: ['window-held'],
  hold: 'hold-01jd3k041', transfer: 'hold-01jd3k041', at: NOW - 1_391_000,
};
export const prompt = {
  id: 'prompt-41', kind: 'effect', run: runId(41), path: 'approve', request: { key: hex(1), run: runId(41), path: 'pay', action }, request_digest: hex(2),
  shown: { sentence: 'Send 25.00 USD to Alice Chen', facts: [], verdict }, shown_digest: hex(4), hold: 'hold-2', opened_at: NOW - 12_000, expires_at: NOW + 588_000, state: 'open',
};
const recording = { name: 'send-25-alice.wav', media: 'audio/wav', bytes: 96_044, digest: hex(9) };

/** Moments with their numbers. */
function journal(start, list) {
  return list.map(([after, event, path, moved, more = {}], at) => ({
    seq: at + 1, at: Math.round(start + after), event, ...(path && { path }), level: 'info', text: '', ...more,
    steps: Object.entries(moved).map(([step, state]) => ({ path: step, state })),
  }));
}
const all = ['recording', 'transcribe', 'understand', 'questions', 'risk', 'approve', 'pay', 'receipt', 'rejected'];
const spoken = (after) => [
  [0, 'started', null, { ...Object.fromEntries(all.map((step) => [step, 'pending'])), recording: 'running' }, { text: 'Voice payment began.', inputs: { audio: recording } }],
  [3, 'finished', 'recording', { recording: 'done', transcribe: 'running' }, { attempt: 1, took_us: 120, outputs: { audio: recording }, text: 'recording is done after 0.1 ms.' }],
  [314, 'finished', 'transcribe', { transcribe: 'done', understand: 'running' }, {
    attempt: 1, took_us: 311_000, text: 'transcribe is done after 0.31 s.',
    outputs: { text: sentence, transcript: { text: sentence, words, confidence: 0.74, duration_ms: 3100, model: { name: 'demo', sha256: hex(8) }, timings: {} } },
  }],
  [315, 'finished', 'understand', { understand: 'done', risk: 'running', questions: 'skipped' }, { attempt: 1, took_us: 100, outputs: { intent }, text: 'understand is done after 0.1 ms.' }],
  [317, 'finished', 'risk', { risk: 'done', approve: 'running' }, { attempt: 1, took_us: 400, outputs: { risk, intent }, text: 'risk is done after 0.4 ms.' }],
  [402, 'gated', 'approve', { approve: 'asking' }, { attempt: 1, prompt: 'prompt-41', text: 'approve asks for pay: Send 25.00 USD to Alice Chen? Over 10.00 USD a person decides.' }],
  ...after,
];

export const asking = journal(NOW - 12_400, spoken([]));
export const paid = journal(NOW - 1_400_000, spoken([
  [8400, 'replied', 'approve', { approve: 'running' }, { prompt: 'prompt-41', text: 'Somebody said yes to approve.' }],
  [8402, 'finished', 'approve', { approve: 'done', pay: 'running', rejected: 'skipped' }, { attempt: 1, took_us: 900, outputs: { approved: verdict }, text: 'approve is done after 0.9 ms.' }],
  [8410, 'failed', 'pay', { pay: 'sleeping' }, { attempt: 1, took_us: 7000, level: 'warn', text: 'pay failed and is tried again at 14:02:20. The ledger is busy.', failure: { path: 'pay', code: 'BUSY', message: 'The ledger is busy.', hint: 'It is tried again.' } }],
  [8900, 'woke', 'pay', { pay: 'running' }, { text: 'pay goes on.' }],
  [8910, 'gated', 'pay', { pay: 'running' }, { attempt: 2, text: 'pay may act: Send 25.00 USD to Alice Chen. Somebody said yes.' }],
  [9080, 'finished', 'pay', { pay: 'done', receipt: 'running' }, { attempt: 2, took_us: 170_000, outputs: { receipt }, text: 'pay is done after 0.17 s.' }],
  [9098, 'finished', 'receipt', { receipt: 'done' }, { attempt: 1, took_us: 90, outputs: { receipt }, text: 'receipt is done after 0.1 ms.' }],
  [9100, 'ended', null, {}, { outputs: { receipt }, text: 'Voice payment completed.' }],
]));

const rows = Array.from({ length: 800 }, (_, at) => ({ id: at + 1, name: `Customer ${at + 1}`, city: ['Oslo', 'Graz', 'Porto'][at % 3], spent: usd(at * 731), orders: (at * 7) % 40 }));
export const big = 'Lorem ipsum dolor sit amet, consectetur adipiscing elit. '.repeat(36_000);

/** Ten thousand moments of a loop of 2,500 iterations. */
export const long = journal(NOW - 7_400_000, Array.from({ length: 10_000 }, (_, at) => {
  const [turn, phase] = [Math.floor(at / 4), at % 4];
  const path = `each[${turn}]/fetch`;
  if (at === 0) return [0, 'started', null, { table: 'done', 'each[0]/fetch': 'pending' }, { text: 'data-pipeline began.' }];
  if (at === 1) return [2, 'finished', 'table', { table: 'done' }, { took_us: 900, outputs: { rows, page: { $large: { bytes: big.length, preview: big.slice(0, 200) } } }, text: 'table is done after 0.9 ms.' }];
  if (phase === 0) return [at * 4.8, 'gated', path, { [path]: 'running' }, { attempt: 1, text: `${path} may act: Read from example.org:443 (GET).` }];
  if (phase === 1) return [at * 4.8, 'failed', path, { [path]: 'sleeping' }, { attempt: 1, level: turn % 50 ? 'info' : 'warn', took_us: 3000, text: `${path} failed and is tried again. The host did not answer.` }];
  if (phase === 2) return [at * 4.8, 'woke', path, { [path]: 'running' }, { text: `${path} goes on.` }];
  return [at * 4.8, 'finished', path, { [path]: 'done' }, { attempt: 2, took_us: 4000, outputs: { body: { turn, ok: true } }, text: `${path} is done after 4 ms.` }];
}));

/** A second of speech-like sound as a WAV file, in base 64. */
export function wav(seconds = 3) {
  const rate = 16_000;
  const bytes = Buffer.alloc(44 + seconds * rate * 2);
  bytes.write('RIFF', 0); bytes.writeUInt32LE(bytes.length - 8, 4); bytes.write('WAVEfmt ', 8); bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20); bytes.writeUInt16LE(1, 22); bytes.writeUInt32LE(rate, 24); bytes.writeUInt32LE(rate * 2, 28);
  bytes.writeUInt16LE(2, 32); bytes.writeUInt16LE(16, 34); bytes.write('data', 36); bytes.writeUInt32LE(seconds * rate * 2, 40);
  for (let at = 0; at < seconds * rate; at += 1) {
    const loud = Math.max(0, Math.sin(at / 2400)) * Math.max(0, Math.sin(at / 700)) * 0.8;
    bytes.writeInt16LE(Math.round(Math.sin(at / 6) * loud * 32_000), 44 + at * 2);
  }
  return bytes.toString('base64');
}

const journals = { [runId(41)]: asking, [runId(38)]: paid, [runId(33)]: long };

/** Answers and feeds for `startFixture`. */
export const runsSample = ({ runs = listed } = {}) => ({
  answers: {
    'settings.get': { settings: {} },
    'settings.set': {},
    kinds: { kinds },
    'flow.list': { flows: [flow] },
    'flow.get': { info: flow, text: voicePayment, stamp: hex(41), draft: null },
    'flow.inspect': { problems: [], digest: hex(41), nodes: {} },
    'flow.gallery': { flows: [] },
    'flow.draft': {},
    'run.flow': { text: voicePayment, id: 'voice-payment', name: 'Voice payment', digest: hex(41) },
    'run.value': { value: big },
    'file.get': () => ({ base64: wav(), media: 'audio/wav' }),
    verify: { whole: true, checks: [{ what: 'events', count: 14 }, { what: 'receipts', count: 1 }], problems: [] },
    runs: ({ before = '\uffff' }) => ({ runs: runs.filter((one) => one.run < before).slice(0, 100) }),
    cancel: { run: '', state: 'cancelled' },
    'run.retry': { run: runId(99), flow_id: 'refund', name: 'refund', flow: hex(1), warnings: [] },
    'run.delete': {},
  },
  feeds: {
    'status.watch': (_, tell) => tell({ version: '0.1.0', workspace: 'w', runs: 2, prompts: 1, payments: true, policy: 'usual', policy_version: 3 }),
    'flows.watch': (_, tell) => tell({ flows: [flow] }),
    'runs.changes': (_, tell) => tell({ runs: runs.slice(0, 100), removed: [], whole: true }),
    'prompts.watch': (_, tell) => tell({ prompts: [prompt] }),
    'run.moments': ({ run: id, after = 0 }, tell) => {
      const moments = (journals[id] ?? []).filter(({ seq }) => seq > after);
      const info = runs.find((one) => one.run === id) ?? listed[3];
      if (moments.length === 0) tell({ info, moments: [], acting: [] });
      for (let from = 0; from < moments.length; from += 500) tell({ info, moments: moments.slice(from, from + 500), acting: [] });
    },
  },
});
