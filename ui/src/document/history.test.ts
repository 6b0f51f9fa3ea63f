import { describe, expect, it } from 'vitest';
import { addNode, moveBy, removeNodes, renameNode } from './edit-nodes';
import { connect } from './edit-wires';
import { chain, large } from './fixtures';
import type { Flow } from './flow';
import { type History, MOST_CHARACTERS, MOST_ENTRIES, NO_HISTORY, mark, readHistory, recorded, redo, undo, writeHistory } from './history';
import { patchBetween, redone, undone } from './patch';
import { writeFlow } from './write';

/** Does edits one after another. */
function doing(flow: Flow, ...edits: ((flow: Flow) => Flow)[]): { flow: Flow; history: History } {
  let history = NO_HISTORY;
  edits.forEach((edit, at) => {
    const next = edit(flow);
    history = recorded(history, flow, next, { label: `Edit ${at}`, at: at * 10_000 });
    flow = next;
  });
  return { flow, history };
}

describe('patches', () => {
  it('go both ways, the order of wires included', () => {
    const a = chain('a b c d', 'a>b b>c c>d a>d.x');
    const changes: ((flow: Flow) => Flow)[] = [
      (flow) => removeNodes(flow, new Set(['b'])),
      (flow) => ({ ...flow, edges: [...flow.edges].reverse() }),
      (flow) => connect({ ...flow, edges: flow.edges.slice(1) }, { from: 'd.out', to: 'a.y' }, true),
      (flow) => ({ ...renameNode(flow, 'a', 'First'), name: 'Other', tags: ['x'] }),
      (flow) => ({ ...flow, edges: [{ from: 'd.out', to: 'a.in' }, ...flow.edges] }),
    ];
    for (const change of changes) {
      const b = change(a);
      const patch = patchBetween(a, b);
      if (!patch) throw new Error('a change has a patch');
      expect(writeFlow(redone(a, patch))).toBe(writeFlow(b));
      expect(writeFlow(undone(b, patch))).toBe(writeFlow(a));
    }
    expect(patchBetween(a, { ...a, nodes: new Map(a.nodes) })).toBeUndefined();
  });

  it('hold only what changed', () => {
    const flow = large(5000);
    expect(JSON.stringify(patchBetween(flow, moveBy(flow, ['n7'], 10, 0))).length).toBeLessThan(120);
  });
});

describe('history', () => {
  it('undoes and redoes each edit', () => {
    const start = chain('a b');
    const { flow, history } = doing(start, (f) => moveBy(f, ['a', 'b'], 20, 0), (f) => renameNode(f, 'a', 'A'), (f) => removeNodes(f, new Set(['b'])));
    let step = undo(history, flow);
    expect([step?.label, step?.ids]).toEqual(['Edit 2', ['b']]);
    step = step && undo(step.history, step.flow);
    step = step && undo(step.history, step.flow);
    expect(writeFlow(step?.flow ?? flow)).toBe(writeFlow(start));
    expect(step && undo(step.history, step.flow)).toBeUndefined();
    for (let at = 0; at < 3 && step; at += 1) step = redo(step.history, step.flow);
    expect(writeFlow(step?.flow ?? start)).toBe(writeFlow(flow));
  });

  it('typing in one field is one entry, and typing it back is none', () => {
    const start = chain('a');
    let [flow, history] = [start, NO_HISTORY];
    const type = (name: string, at: number): void => {
      const next = renameNode(flow, 'a', name);
      history = recorded(history, flow, next, { label: 'Rename', at, key: 'name:a' });
      flow = next;
    };
    type('A', 0);
    type('Al', 500);
    type('Alice', 1000);
    expect(history.past.length).toBe(1);
    expect(undo(history, flow)?.flow.nodes.get('a')?.name).toBe('');
    type('', 1500);
    expect(history.past.length).toBe(0);
    type('B', 1600);
    type('C', 9000);
    expect(history.past.length).toBe(2);
  });

  it('an edit after an undo begins a new future', () => {
    const { flow, history } = doing(chain('a'), (f) => renameNode(f, 'a', 'A'), (f) => renameNode(f, 'a', 'B'));
    const back = undo(history, flow);
    const next = back && recorded(back.history, back.flow, renameNode(back.flow, 'a', 'C'), { label: 'Rename', at: 99_999 });
    expect([next?.future.length, next?.past.length]).toEqual([0, 2]);
    expect(next && mark(next)).not.toBe(mark(history));
  });

  it('is bounded in entries and characters', () => {
    let [flow, history] = [chain('a'), NO_HISTORY];
    const edit = (next: Flow): void => {
      history = recorded(history, flow, next, { label: 'Edit', at: 0 });
      flow = next;
    };
    for (let at = 0; at < MOST_ENTRIES + 20; at += 1) edit(moveBy(flow, ['a'], 1, 0));
    expect(history.past.length).toBe(MOST_ENTRIES);
    for (let at = 0; at < 30; at += 1) edit(addNode(flow, { kind: 'note', version: 1, at: { x: 0, y: 0 }, config: { text: 'x'.repeat(100_000) } }).flow);
    expect(history.past.reduce((sum, entry) => sum + entry.size, 0)).toBeLessThanOrEqual(MOST_CHARACTERS);
    expect(history.past.length).toBeLessThan(30);
  });

  it('comes back from its text for the same flow only', () => {
    const { flow, history } = doing(chain('a b'), (f) => renameNode(f, 'a', 'A'), (f) => removeNodes(f, new Set(['b'])));
    const text = writeHistory(history, flow);
    const back = readHistory(text, { ...flow, nodes: new Map([...flow.nodes].reverse()) });
    expect(writeFlow(undo(back, flow)?.flow ?? flow)).toBe(writeFlow(undo(history, flow)?.flow ?? flow));
    expect(readHistory(text, renameNode(flow, 'a', 'Z'))).toBe(NO_HISTORY);
    expect(readHistory('{', flow)).toBe(NO_HISTORY);
  });
});
