// A flow that is open: its document, what is chosen in it, its undo history, what the checks say, and how it is kept.

import { call } from '../api/client';
import { ApiFailure, SERVER_LOST } from '../api/failure';
import type { FlowInfo, FlowText, Inspection, Problem } from '../api/types';
import { type Scene, Scenes } from '../canvas/scene';
import type { Size, Viewport } from '../canvas/viewport';
import { type Flow, type Frame, edgeId } from '../document/flow';
import { isRunning } from '../document/frames';
import type { FrameShape } from '../canvas/frame-box';
import { type History, NO_HISTORY, type Step, mark, readHistory, recorded, redo, undo, writeHistory } from '../document/history';
import { readFlow } from '../document/read';
import { writeFlow } from '../document/write';
import { tellFailure } from '../parts/toast';
import { hintHere } from '../words/hints';
import { FrameShapes, Shapes, kinds } from './kinds.svelte';

const DRAFT_AFTER_MS = 800;
const INSPECT_AFTER_MS = 250;

/** How the flow stands to its file. */
export type Kept = 'saved' | 'draft' | 'saving' | 'failed';

/** The file is not the one that was opened. */
export interface Conflict {
  stamp: string;
  text: string;
}

export interface EditOptions {
  /** Edits with the same key within a moment are one entry. */
  key?: string;
  /** What is chosen afterwards. */
  choose?: Iterable<string>;
}

const NOTHING: ReadonlySet<string> = new Set();

export class OpenFlow {
  readonly id: string;
  info = $state.raw<FlowInfo>() as FlowInfo;
  #flow = $state.raw<Flow>() as Flow;
  #history = $state.raw<History>(NO_HISTORY);
  /** Nodes and frames. */
  #chosen = $state.raw<ReadonlySet<string>>(NOTHING);
  #chosenWires = $state.raw<ReadonlySet<string>>(NOTHING);
  /** The node that arrow keys go on from. */
  lead = $state<string>();
  inspection = $state.raw<Inspection>();
  /** The problems can't be had just now. */
  inspectFailure = $state.raw<ApiFailure>();
  viewport = $state.raw<Viewport>({ x: 0, y: 0, zoom: 1 });
  size = $state.raw<Size>({ width: 0, height: 0 });
  conflict = $state.raw<Conflict>();
  saveFailure = $state.raw<ApiFailure>();
  #savedMark = $state(0);
  #isSaving = $state(false);
  /** Nobody has looked at it yet, so the first view fits it in. */
  isNew = true;
  #stamp = '';
  readonly #scenes = new Scenes();
  readonly #shapes = new Shapes();
  readonly #frameShapes = new FrameShapes();
  #draftTimer: ReturnType<typeof setTimeout> | undefined;
  #inspectTimer: ReturnType<typeof setTimeout> | undefined;
  #inspectRound = 0;
  #drafted: Promise<unknown> = Promise.resolve();

  readonly scene: Scene = $derived(this.#scenes.build(this.#flow, (node) => this.#shapes.of(node, this.inspection), (frame) => this.frameShape(frame)));
  readonly problems: readonly Problem[] = $derived((this.inspection?.problems ?? []).map((problem) => ({ ...problem, hint: hintHere(problem.hint) })));
  readonly problemsOf: ReadonlyMap<string, readonly Problem[]> = $derived(byNode(this.problems, this.#flow));

  constructor(opened: FlowText) {
    this.id = opened.info.id;
    this.#take(opened);
  }

  /** Opens a flow by its id. Throws `ApiFailure` or `NotAFlow`. */
  static async open(id: string): Promise<OpenFlow> {
    const [opened] = await Promise.all([call('flow.get', { id }), kinds.load()]);
    return new OpenFlow(opened);
  }

  #take({ info, text, stamp, draft }: FlowText): void {
    this.info = info;
    this.#stamp = stamp;
    const file = readFlow(text);
    const flow = draft ? readFlow(draft.text) : file;
    this.#flow = flow;
    this.#history = draft ? readHistory(draft.history, flow) : NO_HISTORY;
    const isSame = !draft || writeFlow(flow) === writeFlow(file);
    this.#savedMark = isSame ? mark(this.#history) : -1;
    if (draft && !isSame && draft.base !== stamp) this.conflict = { stamp, text };
    this.#prune();
    this.#inspectSoon(0);
  }

  /** What a frame shows. */
  frameShape(frame: Frame): FrameShape {
    return this.#frameShapes.of(frame, this.inspection);
  }

  get flow(): Flow {
    return this.#flow;
  }
  /** Whether it is only looked at; then nothing offers to change it. */
  get isReadOnly(): boolean {
    return false;
  }
  get stamp(): string {
    return this.#stamp;
  }
  get chosen(): ReadonlySet<string> {
    return this.#chosen;
  }
  get chosenWires(): ReadonlySet<string> {
    return this.#chosenWires;
  }
  get isChanged(): boolean {
    return mark(this.#history) !== this.#savedMark;
  }
  get kept(): Kept {
    if (this.#isSaving) return 'saving';
    if (this.saveFailure) return 'failed';
    return this.isChanged ? 'draft' : 'saved';
  }
  get undoLabel(): string | undefined {
    return this.#history.past.at(-1)?.label;
  }
  get redoLabel(): string | undefined {
    return this.#history.future[0]?.label;
  }

  /** One gesture: it becomes one entry of the history. */
  edit(label: string, next: Flow, { key, choose }: EditOptions = {}): void {
    if (next !== this.#flow) {
      this.#history = recorded(this.#history, this.#flow, next, { label, at: Date.now(), key });
      this.#flow = next;
      this.#prune();
      this.#keepSoon();
    }
    if (choose) this.choose(choose);
  }

  undo(): string | undefined {
    return this.#step(undo(this.#history, this.#flow));
  }

  redo(): string | undefined {
    return this.#step(redo(this.#history, this.#flow));
  }

  #step(step: Step | undefined): string | undefined {
    if (!step) return undefined;
    this.#flow = step.flow;
    this.#history = step.history;
    this.choose(step.ids.filter((id) => step.flow.nodes.has(id) || step.flow.frames.has(id)));
    this.#keepSoon();
    return step.label;
  }

  choose(ids: Iterable<string>, wires: Iterable<string> = []): void {
    this.#chosen = new Set(ids);
    this.#chosenWires = new Set(wires);
    if (this.#chosen.size > 0 && !this.#chosen.has(this.lead ?? '')) this.lead = [...this.#chosen].findLast((id) => this.#isStop(id));
  }

  /** Whether the arrow keys stop there: at nodes, and at frames that have ports. */
  #isStop(id: string): boolean {
    return this.#flow.nodes.has(id) || isRunning(this.#flow.frames.get(id));
  }

  /** What is chosen must be there. */
  #prune(): void {
    const { nodes, frames, edges } = this.#flow;
    if ([...this.#chosen].some((id) => !nodes.has(id) && !frames.has(id))) this.#chosen = new Set([...this.#chosen].filter((id) => nodes.has(id) || frames.has(id)));
    if (this.#chosenWires.size > 0) {
      const there = new Set(edges.map(edgeId));
      if ([...this.#chosenWires].some((id) => !there.has(id))) this.#chosenWires = new Set([...this.#chosenWires].filter((id) => there.has(id)));
    }
    if (this.lead !== undefined && !this.#isStop(this.lead)) this.lead = undefined;
  }

  #keepSoon(): void {
    clearTimeout(this.#draftTimer);
    this.#draftTimer = setTimeout(() => void this.keepDraft(), DRAFT_AFTER_MS);
    this.#inspectSoon(INSPECT_AFTER_MS);
  }

  /** Writes the draft now, with the history. A lost program keeps it for the next edit. */
  keepDraft(): Promise<unknown> {
    clearTimeout(this.#draftTimer);
    this.#draftTimer = undefined;
    const request = { id: this.id, base: this.#stamp, text: writeFlow(this.#flow), history: writeHistory(this.#history, this.#flow) };
    this.#drafted = this.#drafted.then(() => call('flow.draft', request)).then(
      () => {
        if (this.saveFailure) this.saveFailure = undefined;
      },
      (thrown: unknown) => {
        const failure = ApiFailure.of(thrown);
        // A lost program is told of by the window itself.
        if (!this.saveFailure && failure.code !== SERVER_LOST) tellFailure(failure, `Changes to “${this.#flow.name}” are not kept`);
        this.saveFailure = failure;
      },
    );
    return this.#drafted;
  }

  /** Whether an edit waits to be written. */
  get isWaiting(): boolean {
    return this.#draftTimer !== undefined;
  }

  #inspectSoon(after: number): void {
    clearTimeout(this.#inspectTimer);
    this.#inspectTimer = setTimeout(() => void this.inspect(), after);
  }

  /** Asks for the problems. An answer that came too late is dropped. */
  async inspect(): Promise<void> {
    const round = ++this.#inspectRound;
    try {
      const found = await call('flow.inspect', { text: writeFlow(this.#flow) });
      if (round !== this.#inspectRound) return;
      this.inspection = found;
      this.inspectFailure = undefined;
    } catch (thrown) {
      if (round === this.#inspectRound) this.inspectFailure = ApiFailure.of(thrown);
    }
  }

  /** Makes a version of it. Says whether it was saved; where the file was changed meanwhile, `conflict` says so. */
  async save(force = false, note?: string): Promise<boolean> {
    clearTimeout(this.#draftTimer);
    this.#isSaving = true;
    const [flow, history] = [this.#flow, this.#history];
    try {
      await this.#drafted;
      const saved = await call('flow.save', { id: this.id, text: writeFlow(flow), base: this.#stamp, ...(force && { force }), ...(note !== undefined && { note }) });
      this.#stamp = saved.stamp;
      this.info = saved.info;
      this.#savedMark = mark(history);
      this.conflict = undefined;
      this.saveFailure = undefined;
      // The history is kept beside the file, so that it survives a reload.
      await this.keepDraft();
      return true;
    } catch (thrown) {
      const failure = ApiFailure.of(thrown);
      const details = failure.details as Partial<Conflict> | undefined;
      if (failure.code === 'CONFLICT' && typeof details?.stamp === 'string' && typeof details.text === 'string') {
        this.conflict = { stamp: details.stamp, text: details.text };
        return false;
      }
      this.saveFailure = failure;
      throw failure;
    } finally {
      this.#isSaving = false;
    }
  }

  /** The file changed outside: without own changes it is taken over, else people are asked. */
  async fileChanged(stamp: string): Promise<void> {
    if (stamp === this.#stamp || this.#isSaving) return;
    const opened = await call('flow.get', { id: this.id });
    if (opened.stamp === this.#stamp || this.#isSaving) return;
    if (this.isChanged) this.conflict = { stamp: opened.stamp, text: opened.text };
    else this.#take({ ...opened, draft: null });
  }

  /** Takes the file's text in place of one's own; undo brings one's own back. */
  takeTheirs(): void {
    if (!this.conflict) return;
    const { stamp, text } = this.conflict;
    this.#stamp = stamp;
    this.edit('Take the file’s version', { ...readFlow(text), id: this.#flow.id });
    this.#savedMark = mark(this.#history);
    this.conflict = undefined;
    void this.keepDraft();
  }

  /** Forgets all changes since the last save. */
  async discard(): Promise<void> {
    clearTimeout(this.#draftTimer);
    await call('flow.discard', { id: this.id });
    this.#take({ ...(await call('flow.get', { id: this.id })), draft: null });
  }

  close(): void {
    if (this.isWaiting) void this.keepDraft();
    clearTimeout(this.#inspectTimer);
  }

  /** Keeps nothing: the flow is gone. */
  drop(): void {
    clearTimeout(this.#draftTimer);
    this.#draftTimer = undefined;
    clearTimeout(this.#inspectTimer);
  }
}

/** Problems by the node or frame that they are at. One of the document names a frame by its place in the file, where frames stand by id. */
function byNode(problems: readonly Problem[], { frames }: Flow): Map<string, Problem[]> {
  const found = new Map<string, Problem[]>();
  const ids = [...frames.keys()].sort();
  for (const problem of problems) {
    const { node, field } = problem.place;
    const id = node ?? ids[Number(/^\/frames\/(\d+)\//.exec(field ?? '')?.[1] ?? NaN)];
    if (id !== undefined) found.set(id, [...(found.get(id) ?? []), problem]);
  }
  return found;
}
