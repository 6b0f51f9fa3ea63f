// What can be done with several runs at once: each is asked about first, with what it means.

import { call } from '../../api/client';
import { ApiFailure } from '../../api/failure';
import type { RunInfo } from '../../api/types';
import { tell } from '../../parts/toast';
import { count } from '../../words/count';
import { shortRun } from '../names';

export type Action = 'cancel' | 'retry' | 'delete';

interface Words {
  title: (what: string) => string;
  text: string;
  verb: string;
  done: (what: string) => string;
}

const WORDS: Record<Action, Words> = {
  cancel: {
    title: (what) => `Cancel ${what}?`,
    text: 'Nothing new starts. What was already sent is waited for, and money that is held for an open question is given back.',
    verb: 'Cancel',
    done: (what) => `${what} cancelled`,
  },
  retry: {
    title: (what) => `Start ${what} again?`,
    text: 'Each begins anew as a run of its own, on the same version and the same inputs. What was done before stays done, and payments are asked for again.',
    verb: 'Start again',
    done: (what) => `${what} started again`,
  },
  delete: {
    title: (what) => `Delete ${what}?`,
    text: 'They go off the list for good. Their journals stay in the store, so that what they did and paid can still be proven.',
    verb: 'Delete',
    done: (what) => `${what} deleted`,
  },
};

export class RunActions {
  isOpen = $state(false);
  #asked = $state.raw<{ action: Action; runs: readonly RunInfo[] }>({ action: 'cancel', runs: [] });
  readonly #onStarted: (run: string) => void;

  constructor(onStarted: (run: string) => void) {
    this.#onStarted = onStarted;
  }

  get #what(): string {
    const [first] = this.#asked.runs;
    return this.#asked.runs.length === 1 && first ? `run ${shortRun(first.run)}` : count(this.#asked.runs.length, 'run');
  }
  get title(): string {
    return WORDS[this.#asked.action].title(this.#what);
  }
  get text(): string {
    return WORDS[this.#asked.action].text;
  }
  get verb(): string {
    const { action, runs } = this.#asked;
    return `${WORDS[action].verb}${action === 'retry' ? '' : runs.length === 1 ? ' run' : ` ${count(runs.length, 'run')}`}`;
  }
  /** The way out of the question: "Cancel" would say two things where runs are cancelled. */
  get back(): string {
    return this.#asked.action === 'cancel' ? 'Let it go on' : 'Cancel';
  }
  get isGrave(): boolean {
    return this.#asked.action !== 'retry';
  }

  /** Asks whether to do it. */
  ask(action: Action, runs: readonly RunInfo[]): void {
    if (runs.length === 0) return;
    this.#asked = { action, runs };
    this.isOpen = true;
  }

  /** Does what was asked. What failed is told, and what was done stays done. */
  async confirm(): Promise<void> {
    const { action, runs } = this.#asked;
    const what = this.#what;
    if (action === 'delete') await call('run.delete', { runs: runs.map(({ run }) => run) });
    else await this.#each(action, runs);
    tell(WORDS[action].done(what.charAt(0).toUpperCase() + what.slice(1)));
  }

  async #each(action: 'cancel' | 'retry', runs: readonly RunInfo[]): Promise<void> {
    const failures: { run: RunInfo; failure: ApiFailure }[] = [];
    let started = '';
    for (const run of runs) {
      try {
        if (action === 'cancel') await call('cancel', { run: run.run, reason: '' });
        else started = (await call('run.retry', { run: run.run })).run;
      } catch (thrown) {
        failures.push({ run, failure: ApiFailure.of(thrown) });
      }
    }
    const [first] = failures;
    if (!first) {
      if (started !== '') this.#onStarted(started);
      return;
    }
    // Asked again, only those that failed are tried.
    this.#asked = { action, runs: failures.map(({ run }) => run) };
    const { code, message, hint, retryable } = first.failure;
    const which = runs.length === 1 ? '' : `${failures.length} of ${count(runs.length, 'run')} failed. Run ${shortRun(first.run.run)}: `;
    throw new ApiFailure({ code, message: `${which}${message}`, hint, retryable });
  }
}
