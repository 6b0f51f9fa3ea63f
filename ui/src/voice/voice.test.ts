import { describe, expect, test } from 'vitest';
import { ApiFailure } from '../api/failure';
import { bars, base64Of, isWav, LARGEST, levelAt, mixed, notTaken, wavOf } from './recording';
import { type Card, cardOf, quoted, sentence, spansOf, taken, type Understood } from './sentence';
import { inputsOf, offer } from './start';
import { speechTitle, spokenPieces } from './words';

describe('a recording', () => {
  test('is refused plainly', () => {
    const file = (more: Partial<File>) => ({ name: 'a.wav', size: 10, type: 'audio/wav', ...more });
    expect(notTaken(file({}))).toBeNull();
    expect(notTaken(file({ type: '' }))).toBeNull();
    expect(notTaken(file({ size: 0 }))?.message).toBe('a.wav is empty.');
    expect(notTaken(file({ size: LARGEST + 1 }))?.message).toContain('40.0 MiB is the most');
    expect(notTaken(file({ type: 'text/plain' }))?.message).toBe('a.wav is no sound file.');
  });
  test('becomes a WAV file', () => {
    const bytes = wavOf(Float32Array.of(0, 1, -1, 2), 16_000);
    expect(isWav(bytes)).toBe(true);
    expect(bytes.length).toBe(52);
    const view = new DataView(bytes.buffer);
    expect([44, 46, 48, 50].map((at) => view.getInt16(at, true))).toEqual([0, 32_767, -32_767, 32_767]);
    expect(isWav(Uint8Array.of(1, 2, 3))).toBe(false);
    expect(base64Of(Uint8Array.of(0, 255, 16))).toBe('AP8Q');
  });
  test('its channels become one', () => {
    const channels = [Float32Array.of(1, 0), Float32Array.of(0, 1)];
    expect([...mixed({ numberOfChannels: 2, length: 2, getChannelData: (at) => channels[at] as Float32Array<ArrayBuffer> })]).toEqual([0.5, 0.5]);
  });
  test('its level is five bars', () => {
    expect([0, 0.01, 0.016, 0.03, 0.5, 1].map(bars)).toEqual([0, 0, 1, 1, 5, 5]);
    const samples = new Float32Array(16_000).fill(0, 0, 8000).fill(1, 8000);
    expect([levelAt(samples, 16_000, 0.1), levelAt(samples, 16_000, 0.9)]).toEqual([0, 5]);
  });
});

const card: Card = { action: 'pay', amount: '25.00', asset: 'USD', payee: 'Alice Chen', purpose: 'the logo design' };

const understood = (text: string, more: Partial<Understood['parse']['draft']> = {}): Understood => {
  const span = (words: string) => {
    const before = text.slice(0, text.indexOf(words));
    const bytes = (of: string): number => new TextEncoder().encode(of).length;
    return { start: bytes(before), end: bytes(before) + bytes(words) };
  };
  return {
    said: null,
    parse: {
      confidence: 1, intent: null, questions: [],
      draft: {
        action: { value: 'pay', span: span('Send'), confidence: 1 },
        amount: { value: { asset: 'USD', minor: '2500' }, span: span('twenty-five dollars'), confidence: 1 },
        payees: [{ value: { id: 'zoe', name: 'Zoé' }, span: span('Zoé'), confidence: 1 }],
        purpose: { value: 'the logo', span: span('the logo'), confidence: 1 },
        ...more,
      } as Understood['parse']['draft'],
    },
  };
};

describe('the card', () => {
  test('becomes a sentence', () => {
    expect(sentence(card)).toBe('Send 25.00 USD to Alice Chen for the logo design');
    expect(sentence({ ...card, amount: '1,250.5', purpose: '' })).toBe('Send 1250.50 USD to Alice Chen');
    expect(sentence({ ...card, action: 'escrow' })).toBe('Hold 25.00 USD in escrow for Alice Chen for the logo design');
    expect(sentence({ ...card, amount: 'lots', payee: '' })).toBe('Send lots USD for the logo design');
  });
  test('names that could be taken for something else are quoted', () => {
    expect(['Alice Chen', 'Bob for rent', 'Agent 7', 'Jean-Luc', "O'Neil", 'say "hi"', '', 'Zoé'].map(quoted))
      .toEqual(['Alice Chen', '"Bob for rent"', '"Agent 7"', 'Jean-Luc', "O'Neil", 'say hi', '', 'Zoé']);
  });
  test('comes from what was understood, counted in bytes', () => {
    const text = 'Send twenty-five dollars to Zoé for the logo';
    expect(cardOf(understood(text), text, 'EUR')).toEqual({ action: 'pay', amount: '25.00', asset: 'USD', payee: 'Zoé', purpose: 'the logo' });
    expect(spansOf(understood(text), text).map(({ what, start, end }) => [what, text.slice(start, end)]))
      .toEqual([['amount', 'twenty-five dollars'], ['payee', 'Zoé'], ['purpose', 'the logo']]);
  });
  test('is empty where something is missing, and none for other requests', () => {
    const bare = { amount: null, payees: [], purpose: null } as unknown as Partial<Understood['parse']['draft']>;
    expect(cardOf(understood('Send', bare), 'Send', 'EUR')).toEqual({ action: 'pay', amount: '', asset: 'EUR', payee: '', purpose: '' });
    const stop = { action: { value: 'stop-everything', span: { start: 0, end: 4 }, confidence: 1 } } as Partial<Understood['parse']['draft']>;
    expect(cardOf(understood('Stop everything', stop), 'Stop everything', 'EUR')).toBeNull();
  });
  test('takes a candidate', () => {
    const question = (slot: 'payee' | 'asset' | 'text') => ({ slot, code: 'unknown-payee' as const, span: { start: 0, end: 0 }, message: '', candidates: [] });
    const candidate = { value: 'elise', label: 'Elise Martin', confidence: 0.8 };
    expect(taken(card, question('payee'), candidate)?.payee).toBe('Elise Martin');
    expect(taken(card, question('asset'), { ...candidate, value: 'EUR' })?.asset).toBe('EUR');
    expect(taken(card, question('text'), candidate)).toBeNull();
  });
});

test('words with their doubts and parts', () => {
  const word = (text: string, confidence = 0.9) => ({ text, start_ms: 0, end_ms: 500, confidence });
  const pieces = spokenPieces('Send five dollars to Elise', [word('Send'), word('five'), word('dollars'), word('to'), word('Elise', 0.4)], [{ what: 'amount', start: 5, end: 17 }]);
  expect(pieces.map(({ text, what }) => [text, what])).toEqual([
    ['Send', null], [' ', null], ['five', 'amount'], [' ', 'amount'], ['dollars', 'amount'], [' ', null], ['to', null], [' ', null], ['Elise', null],
  ]);
  expect(pieces.filter(({ doubtful }) => doubtful).map(({ text }) => text)).toEqual(['Elise']);
  expect(pieces[0]?.title).toBe('0.00 s to 0.50 s, 90 % sure');
  const stopped = spokenPieces('To Bob.', [word('To'), word('Bob.')], [{ what: 'payee', start: 3, end: 6 }]);
  expect(stopped.map(({ text, what }) => [text, what])).toEqual([['To', null], [' ', null], ['Bob', 'payee'], ['.', null]]);
});

test('what went wrong with a recording', () => {
  const failure = new ApiFailure({ code: 'SPEECH', message: 'No words: …', details: { code: 'VOICE_SILENT' } });
  expect(speechTitle(failure)).toBe('The recording is silent');
  expect(speechTitle(new ApiFailure({ code: 'NO_MODEL', message: '' }))).toBeUndefined();
});

describe('starting a flow', () => {
  const upload = { name: 'a.wav', media: 'audio/wav', base64: '' };
  const audio = { name: 'audio', type: 'audio', required: true, sentence: false };
  const text = { name: 'sentence', type: 'text', required: false, sentence: true };
  test('reads its inputs', () => {
    const flow = { nodes: [{ kind: 'input', config: { ports: [{ name: 'audio', type: 'audio' }, { name: 'note', type: 'text', default: '' }] }, id: 'in' }, { id: 'read', kind: 'parse-intent' }], edges: [{ from: 'in.note', to: 'read.text' }] };
    expect(inputsOf(JSON.stringify(flow))).toEqual([audio, { ...text, name: 'note' }]);
    expect([inputsOf('{'), inputsOf('[]'), inputsOf('{"nodes":3}')]).toEqual([[], [], []]);
  });
  test('with the recording, or with the sentence once it was changed', () => {
    expect(offer([audio], upload, 's', false)).toEqual({ inputs: [{ name: 'audio', value: { file: upload } }], with: 'the recording' });
    expect(offer([audio, text], upload, 's', false)).toMatchObject({ with: 'the recording' });
    const both = [{ name: 'audio', value: { file: upload } }, { name: 'sentence', value: { text: 's' } }];
    expect(offer([audio, text], upload, 's', true)).toMatchObject({ inputs: both });
    expect(offer([audio, { ...text, sentence: false }], upload, 's', true)).toMatchObject({ why: expect.stringContaining('something else than the card') });
    expect(offer([text], upload, 's', true)).toEqual({ inputs: [{ name: 'sentence', value: { text: 's' } }], with: 'the sentence' });
    expect(offer([audio], upload, 's', true)).toMatchObject({ why: expect.stringContaining('something else than the card') });
    expect(offer([audio, { ...text, required: true }], upload, 's', false)).toMatchObject({ why: 'This flow also needs sentence.' });
    expect(offer([], upload, 's', false)).toMatchObject({ why: 'This flow takes no recording.' });
  });
});
