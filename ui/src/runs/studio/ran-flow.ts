import type { FlowInfo, RunInfo } from '../../api/types';
import { OpenFlow } from '../../editor/open-flow.svelte';
import { tell } from '../../parts/toast';
import type { RunFlow } from '../watch.svelte';

const SAY_AGAIN_MS = 10_000;

/** The version that a run ran with, open to be looked at: nothing offers to change it, and nothing would. */
export class RanFlow extends OpenFlow {
  #saidAt = 0;

  constructor({ id, name, text, digest }: RunFlow, run: RunInfo) {
    const info: FlowInfo = { id, name, description: '', folder: '', tags: [], nodes: 0, stamp: digest, modified_at: run.started_at, draft: false };
    super({ info, text, stamp: digest, draft: null });
  }

  override get isReadOnly(): boolean {
    return true;
  }

  override edit(): void {
    if (Date.now() - this.#saidAt < SAY_AGAIN_MS) return;
    this.#saidAt = Date.now();
    tell('This is the version that the run used; open the flow in the studio to change it');
  }

  override undo(): undefined {
    return undefined;
  }

  override redo(): undefined {
    return undefined;
  }

  override save(): Promise<boolean> {
    this.edit();
    return Promise.resolve(false);
  }

  override keepDraft(): Promise<void> {
    return Promise.resolve();
  }
}
