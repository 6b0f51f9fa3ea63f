// One recording on its way to a run: its words, what they mean, and the card on which that is put right.

import { call } from '../api/client';
import { ApiFailure } from '../api/failure';
import type { Transcribed } from '../api/types';
import { bytesOf } from '../runs/values/sound';
import { type Recording, record, recordBytes } from './recording';
import { type Card, cardOf, type Question, sentence, taken, type Understood } from './sentence';

/** An edit is read when it has rested so long. */
const RESTS_MS = 250;
/** Where no asset was said, the card begins with this one. */
const USUAL_ASSET = 'USD';

export const SAMPLE_FLOW = 'voice-payment';

export class Take {
  recording = $state.raw<Recording>();
  heard = $state.raw<Transcribed>();
  /** The sentence as it is now: what was heard, or what the card says. */
  text = $state('');
  understood = $state.raw<Understood>();
  /** How long reading the sentence took, there and back. */
  readMs = $state(0);
  card = $state.raw<Card | null>(null);
  busy = $state<'file' | 'words' | null>(null);
  /** The sentence is being read again. */
  reading = $state(false);
  /** Why there are no words. */
  failure = $state.raw<ApiFailure>();
  /** Why the sentence could not be read. */
  unread = $state.raw<ApiFailure>();

  readonly changed = $derived(this.heard !== undefined && this.text !== this.heard.text);
  readonly questions = $derived(this.understood?.parse.questions ?? []);

  #take = 0;
  #rest: ReturnType<typeof setTimeout> | undefined;

  /** Takes a picked or dropped file. */
  pick(file: File): Promise<void> {
    return this.#record(() => record(file));
  }

  /** Takes the sample recording; the flow it belongs to comes into the workspace with it. */
  sample(): Promise<void> {
    return this.#record(async () => {
      const { inputs } = await call('flow.try', { id: SAMPLE_FLOW });
      const file = inputs.flatMap(({ value }) => ('file' in value ? [value.file] : []))[0];
      if (!file) throw new ApiFailure({ code: 'NOT_FOUND', message: 'The sample flow brought no recording.', hint: 'Choose one of your own.' });
      return recordBytes(file.name, bytesOf(file.base64));
    });
  }

  /** Tries again to put the recording into words. */
  async again(): Promise<void> {
    const { recording } = this;
    if (recording) await this.#record(() => Promise.resolve(recording));
  }

  drop(): void {
    this.#take += 1;
    clearTimeout(this.#rest);
    this.recording = this.heard = this.understood = this.failure = this.unread = undefined;
    this.text = '';
    this.card = null;
    this.busy = null;
    this.reading = false;
  }

  /** Puts the card right. The sentence is written anew and the grammar reads it: the card decides nothing. */
  edit(change: Partial<Card>): void {
    if (!this.card) return;
    this.card = { ...this.card, ...change };
    this.text = sentence(this.card);
    this.reading = true;
    clearTimeout(this.#rest);
    this.#rest = setTimeout(() => void this.#read(false), RESTS_MS);
  }

  choose(question: Question, candidate: Question['candidates'][number]): void {
    const card = this.card && taken(this.card, question, candidate);
    if (card) this.edit(card);
  }

  /** Takes all changes back. */
  async undo(): Promise<void> {
    if (!this.heard) return;
    clearTimeout(this.#rest);
    this.text = this.heard.text;
    await this.#read(true);
  }

  async #record(make: () => Promise<Recording>): Promise<void> {
    this.drop();
    const take = this.#take;
    this.busy = 'file';
    try {
      const recording = await make();
      if (take !== this.#take) return;
      this.recording = recording;
      this.busy = 'words';
      const heard = await call('transcribe', { sound: recording.upload });
      if (take !== this.#take) return;
      this.heard = heard;
      this.text = heard.text;
      this.busy = null;
      await this.#read(true);
    } catch (thrown) {
      if (take !== this.#take) return;
      this.busy = null;
      this.failure = ApiFailure.of(thrown);
    }
  }

  async #read(fill: boolean): Promise<void> {
    const take = this.#take;
    const { text } = this;
    this.reading = true;
    this.unread = undefined;
    const began = performance.now();
    try {
      const understood = await call('intent', { text });
      if (take !== this.#take || text !== this.text) return;
      this.readMs = performance.now() - began;
      this.understood = understood;
      if (fill) this.card = cardOf(understood, text, USUAL_ASSET);
    } catch (thrown) {
      if (take !== this.#take || text !== this.text) return;
      this.unread = ApiFailure.of(thrown);
    }
    this.reading = false;
  }
}
