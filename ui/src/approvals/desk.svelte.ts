// What lies before the approver: the open prompts, the one that is looked at, and what became of the last.

import { call, follow } from '../api/client';
import { ApiFailure } from '../api/failure';
import type { Prompt, SeenProof } from '../api/types';
import { type Seen, look } from './details';
import type { How } from './hold';
import { isOver } from './left';
import { following, neighbour } from './order';
import { isWhole } from './whole';

export type Outcome = 'happened' | 'did-not' | 'again';

/** An answer that is on its way or was given. */
export type Given = 'approve' | 'reject' | Outcome;

export interface Last {
  sentence: string;
  given: Given;
}

const CHANGED = new ApiFailure({
  code: 'CHANGED',
  message: 'What is asked has changed since it was shown here. Nothing was answered.',
  hint: 'It stands here as it is now. Look at it again, and decide then.',
});

const DAMAGED = new ApiFailure({
  code: 'DAMAGED',
  message: 'What is shown is not what the digests of this prompt name.',
  hint: 'Answer nothing here, and run “assent verify”.',
});

export class Desk {
  /** The open prompts, in the order they were opened; `undefined` until they are known. */
  prompts = $state.raw<Prompt[]>();
  /** The one that is looked at. */
  current = $state<string | null>(null);
  /** All of it, as it is shown and as the proof names it. */
  seen = $state.raw<Seen>();
  /** How the one that is looked at ended without an answer from here. */
  ended = $state<Prompt['state'] | null>(null);
  /** Why the open prompts, or the one looked at, can't be shown. */
  failure = $state.raw<ApiFailure>();
  /** Why the last answer was not taken, or what changed. */
  refusal = $state.raw<ApiFailure>();
  sending = $state<Given | null>(null);
  last = $state.raw<Last>();

  /** Counts what is put before the approver; each new number closes the guard. */
  shown = $state(0);

  /** Answered from here; the list of open ones may still have them for a moment. */
  readonly #answered = new Set<string>();
  #wanted: string | null;
  #stop: (() => void) | undefined;

  constructor(wanted: string | null) {
    this.#wanted = wanted;
  }

  readonly ids = $derived((this.prompts ?? []).map((prompt) => prompt.id));

  start(): () => void {
    this.failure = undefined;
    this.#stop = follow('prompts.watch', {}, ({ prompts }) => this.#take(prompts), (failure) => {
      this.failure = failure ?? new ApiFailure({ code: 'ENDED', message: 'Assent ended.', hint: 'Open prompts stay open.' });
    });
    return () => this.#stop?.();
  }

  /** Tries again what failed. */
  retry(): void {
    this.failure = undefined;
    this.#stop?.();
    this.start();
    if (this.current !== null && !this.seen) void this.#look(this.current);
  }

  /** Looks at another one. */
  choose(id: string | null): void {
    if (id === null || id === this.current || this.sending) return;
    this.refusal = undefined;
    this.#show(id);
  }

  move(by: 1 | -1): void {
    this.choose(neighbour(this.ids, this.current, by));
  }

  /** What another window asked this one to show. */
  want(id: string | null): void {
    if (id !== null && this.ids.includes(id)) this.choose(id);
    else this.#wanted = id;
  }

  /** Goes on from a prompt that has ended. */
  goOn(): void {
    this.#show(this.current === null ? null : following(this.ids, this.current));
  }

  /** Its time is up by this machine's clock; the program says so too in a moment. */
  expire(): void {
    if (!this.sending) this.ended ??= 'expired';
  }

  approve(how: How, typed: string | null, reason: string): Promise<void> {
    return this.#answer('approve', async (prompt) => {
      if (!(await isWhole(prompt))) throw DAMAGED;
      const proof: SeenProof = { seen: { request: prompt.request_digest, shown: prompt.shown_digest, how, typed } };
      await call('approve', { prompt: prompt.id, proof, reason });
    });
  }

  deny(reason: string): Promise<void> {
    return this.#answer('reject', async (prompt) => {
      await call('deny', { prompt: prompt.id, reason, surface: 'window' });
    });
  }

  answer(outcome: Outcome, reason: string): Promise<void> {
    return this.#answer(outcome, async (prompt) => {
      await call('answer', { prompt: prompt.id, outcome, reason, surface: 'window' });
    });
  }

  #take(prompts: Prompt[]): void {
    this.prompts = prompts.filter((prompt) => !this.#answered.has(prompt.id));
    const { current } = this;
    const open = this.prompts.find((prompt) => prompt.id === current);
    if (current === null) {
      const wanted = this.#wanted !== null && this.ids.includes(this.#wanted) ? this.#wanted : (this.ids[0] ?? null);
      this.#show(wanted);
    } else if (open && this.seen && !sameDigests(open, this.seen.prompt)) {
      this.refusal = CHANGED;
      this.#show(current);
    } else if (!open && !this.sending && this.ended === null) {
      void this.#fate(current);
    }
  }

  #show(id: string | null): void {
    this.current = id;
    this.seen = undefined;
    this.ended = null;
    this.shown += 1;
    if (id !== null) {
      this.#wanted = null;
      void this.#look(id);
    }
  }

  async #look(id: string): Promise<void> {
    try {
      const seen = await look(id);
      if (this.current !== id) return;
      this.seen = seen;
      this.ended = seen.prompt.state === 'open' ? (isOver(seen.prompt.expires_at, Date.now()) ? 'expired' : null) : seen.prompt.state;
      this.shown += 1;
    } catch (thrown) {
      if (this.current === id) this.failure = ApiFailure.of(thrown);
    }
  }

  /** The one that is looked at is open no more: how it ended stands where the buttons were. */
  async #fate(id: string): Promise<void> {
    const state = await look(id).then(({ prompt }) => prompt.state, () => 'withdrawn' as const);
    if (this.current === id && !this.sending && state !== 'open') this.ended = state;
  }

  async #answer(given: Given, send: (prompt: Prompt) => Promise<void>): Promise<void> {
    const prompt = this.seen?.prompt;
    if (!prompt || this.sending || this.ended !== null) return;
    this.sending = given;
    this.refusal = undefined;
    const before = this.ids;
    try {
      await send(prompt);
      this.#answered.add(prompt.id);
      this.last = { sentence: prompt.shown.sentence, given };
      this.prompts = this.prompts?.filter(({ id }) => id !== prompt.id) ?? [];
      // The list may have lost it, and others, before the answer came back.
      const still = before.filter((id) => id === prompt.id || this.ids.includes(id));
      const next = following(still, prompt.id) ?? this.ids[0] ?? null;
      this.sending = null;
      this.#show(next);
    } catch (thrown) {
      this.sending = null;
      this.refusal = ApiFailure.of(thrown);
      await this.#again(prompt);
    }
  }

  /** After a refusal what is asked is read again; if it differs, that is said and shown. */
  async #again(before: Prompt): Promise<void> {
    const now = await look(before.id).catch(() => undefined);
    if (!now || this.current !== before.id) return;
    if (now.prompt.state !== 'open') this.ended = now.prompt.state;
    if (sameDigests(now.prompt, before)) return;
    this.refusal = CHANGED;
    this.seen = now;
    this.shown += 1;
  }
}

const sameDigests = (one: Prompt, other: Prompt): boolean =>
  one.request_digest === other.request_digest && one.shown_digest === other.shown_digest;
