// Prompts as the program makes them, with digests of what they hold, for tests and pictures of the surface that decides.

import { createHash } from 'node:crypto';

const MINUTE = 60_000;

export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

export function digest(tag, value) {
  const hash = createHash('sha256');
  for (const part of [tag, canonical(value)].map((text) => Buffer.from(text))) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    hash.update(length).update(part);
  }
  return hash.digest('hex');
}

const fact = (label, value, source) => ({ label, value, source });
const line = (rule, outcome, reason, code = outcome === 'ask' ? 'CONSENT' : 'OK') => ({ rule, outcome, code, reason });

let made = 0;

/** A prompt with its digests; `expires` is in minutes from now. */
export function prompt(kind, shown, { request, expires = 9.8, ...more } = {}) {
  made += 1;
  return {
    id: `p-${String(made).padStart(12, '0')}`,
    kind,
    run: 'run-41',
    path: 'pay',
    ...(request && { request }),
    request_digest: request ? digest('assent.request.v1', request) : digest('assent.question.v1', ['run-41', 'pay', shown]),
    shown,
    shown_digest: digest('assent.shown.v1', shown),
    opened_at: Date.now() - 12_000,
    ...(expires !== null && { expires_at: Date.now() + Math.round(expires * MINUTE) }),
    state: 'open',
    ...more,
  };
}

const KEY = '51'.repeat(32);

export function payment({ minor = '2500', written = '25.00', name = 'Alice Chen', purpose = 'the logo design', heard = true, checked = 'by owner on 2026-03-03 (UTC)', ...more } = {}) {
  const words = 'Send twenty-five dollars to Alice for the logo design';
  const action = {
    type: 'pay', account: 'operations', rail: 'credits', payee: 'alice-chen', payee_name: name, address: 'acct:credits:alice-chen',
    amount: { asset: 'USD', minor }, purpose,
    ...(heard && { heard: { text: words, confidence_milli: 942 } }),
    risk: {
      score10_tenths: 21,
      factors: [
        { name: 'amount', tenths: 14, reason: 'twice what this payee usually gets' },
        { name: 'velocity', tenths: 7, reason: '2 payments within the last hour' },
        { name: 'hour', tenths: 0, reason: '14 o’clock is a usual hour' },
      ],
    },
  };
  const request = { key: KEY, run: 'run-41', path: 'pay', action };
  const amount = `${written} USD`;
  const why = `${amount} needs a person's yes, as does every payment from 10.00 USD on.`;
  const shown = {
    sentence: `Send ${amount} to ${name}`,
    facts: [
      fact('Payee', `${name} (alice-chen)`, 'address book'),
      fact('Address checked', checked, 'address book'),
      fact('Address', 'acct:credits:alice-chen on credits', 'address book'),
      fact('Amount', amount, 'flow'),
      fact('Purpose', purpose, heard ? 'spoken' : 'flow'),
      ...(heard ? [fact('Heard', `"${words}"`, 'spoken'), fact('Heard with', '94.2 %', 'spoken')] : []),
      fact('Risk', '2.1 of 10', 'risk score'),
      fact('Risk', 'amount, 1.4: twice what this payee usually gets', 'risk score'),
      fact('Risk', 'velocity, 0.7: 2 payments within the last hour', 'risk score'),
      fact('Risk', 'hour, 0.0: 14 o’clock is a usual hour', 'risk score'),
      fact('Balance', 'operations: 1840.00 USD → 1815.00 USD', 'ledger'),
      fact('Spent today', '120.00 USD → 145.00 USD of 1000.00 USD', 'ledger'),
      fact('Asked by', 'step pay of run run-41', 'flow'),
      fact('Why you are asked', why, 'policy'),
      fact('Policy', 'usual, version 3', 'policy'),
    ],
    verdict: {
      outcome: 'ask', code: 'CONSENT', reason: why, policy: 3,
      lines: [
        line('paused', 'allow', 'Payments and writes are switched on.'),
        line('amount', 'allow', `${amount} is above zero.`),
        line('account', 'allow', 'operations is an account of this workspace and holds USD.'),
        line('payee', 'allow', `${name} is in the address book, with the address acct:credits:alice-chen on credits.`),
        line('max_per_payment', 'allow', `${amount} is within the most for one payment, 500.00 USD.`),
        line('daily_cap', 'allow', `With 120.00 USD of the day, ${amount} makes 145.00 USD, within the cap for one day, 1000.00 USD.`),
        line('max_risk', 'allow', 'The risk is 2.1 of 10, within the most allowed, 6.0.'),
        line('ask_from', 'ask', why),
        line('real_money', 'allow', 'The rail credits moves no real money.'),
      ],
    },
  };
  return prompt('effect', shown, { request, hold: 'h-1', ...more });
}

export function httpCall(more = {}) {
  const request = {
    key: KEY, run: 'run-42', path: 'post',
    action: { type: 'call', effect: 'write', method: 'POST', host: 'api.example.com', port: 443, url: 'https://api.example.com/orders?page=1', body: 'c4'.repeat(32), secrets: ['shop-token'] },
  };
  const why = "Sending to api.example.com:443 needs a person's yes, by api.example.com.";
  const shown = {
    sentence: 'Send a POST to api.example.com:443',
    facts: [
      fact('Address', 'https://api.example.com/orders?page=1', 'flow'), fact('Method', 'POST', 'flow'),
      fact('What is sent', `SHA-256 ${'c4'.repeat(32)}`, 'flow'), fact('Secret sent along', 'shop-token', 'flow'),
      fact('Asked by', 'step post of run run-42', 'flow'), fact('Why you are asked', why, 'policy'), fact('Policy', 'usual, version 3', 'policy'),
    ],
    verdict: { outcome: 'ask', code: 'CONSENT', reason: why, policy: 3, lines: [line('paused', 'allow', 'Payments and writes are switched on.'), line('url', 'allow', 'The address names api.example.com:443 and no user.'), line('hosts.ask', 'ask', why)] },
  };
  return prompt('effect', shown, { request, run: 'run-42', path: 'post', expires: 4, ...more });
}

export function policyChange(more = {}) {
  const request = { key: KEY, action: { type: 'change-policy', from: 3, to: { name: 'usual' } } };
  const why = "Another policy needs a person's yes.";
  const shown = {
    sentence: 'Put the policy "usual" in force in place of version 3',
    facts: [
      fact('Change', 'USD, the most for one payment: 500.00 USD → 2000.00 USD', 'policy'),
      fact('Change', 'USD, a person must say yes from: 10.00 USD → 50.00 USD', 'policy'),
      fact('Why you are asked', why, 'policy'), fact('Policy', 'usual, version 3', 'policy'),
    ],
    verdict: { outcome: 'ask', code: 'CONSENT', reason: why, policy: 3, lines: [line('policy', 'ask', why)] },
  };
  const { run, path, ...rest } = prompt('policy', shown, { request, ...more });
  return rest;
}

export const question = (sentence = 'Publish the campaign “Autumn” to 1,204 people?', more = {}) =>
  prompt('question', { sentence, facts: [fact('value', '{"campaign":"autumn","people":1204}', 'flow')] }, { path: 'ask', expires: 0.9, ...more });

export function outcome(more = {}) {
  const { request } = payment();
  const shown = {
    sentence: 'Did pay happen? Its outcome is not known.',
    facts: [fact('What went wrong', 'The other side closed the connection before it answered.', 'engine'), fact('Attempt', '1', 'engine'), fact('Idempotency key', KEY, 'engine')],
  };
  return prompt('outcome', shown, { request, expires: null, hold: 'h-1', ...more });
}

/** What `prompt.view` answers for a prompt. */
export function view(prompt, details = {}) {
  const text = prompt.request?.action.heard?.text;
  const span = (what, words) => ({ what, start: text.indexOf(words), end: text.indexOf(words) + words.length });
  return {
    prompt,
    details: {
      ...(prompt.run && { run: { run: prompt.run, flow_id: 'voice-payment', flow_name: 'Voice payment', flow: '7b'.repeat(32), node_name: 'Ask the approver', by: 'owner', started_at: Date.now() - 14_000 } }),
      ...(text && { heard: { text, confidence_milli: 942, spans: [span('amount', 'twenty-five dollars'), span('payee', 'Alice'), span('purpose', 'the logo design')] } }),
      digest: prompt.request_digest, shown_digest: prompt.shown_digest, what_to_type: '25.00', typing_required: false,
      ...details,
    },
  };
}
