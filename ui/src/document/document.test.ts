import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { aligned, distributed } from './arrange';
import { clipOf, duplicate, paste, readClip, writeClip } from './clipboard';
import { frameNodes, settleInFrames, unframe } from './edit-frames';
import { addNode, changeNode, moveBy, removeAndReconnect, removeNodes, setConfig, toggleBypass } from './edit-nodes';
import { closesCircle, connect, disconnect, splice, upstream } from './edit-wires';
import { chain, large, port, somePorts } from './fixtures';
import { fits, whyNot } from './fits';
import { edgeId } from './flow';
import { elkGraph } from './layout';
import { asId, asPortName, free } from './names';
import { readFlow } from './read';
import { collapse, expand } from './subflow';
import { writeFlow } from './write';

const sample = (name: string): string => readFileSync(fileURLToPath(new URL(`../../../flows/${name}.flow.json`, import.meta.url)), 'utf8');
const wires = (flow: { edges: readonly { from: string; to: string }[] }): string => flow.edges.map(edgeId).join(' ');
const set = (...ids: string[]): Set<string> => new Set(ids);

describe('text', () => {
  it.each(['hello', 'voice-payment'])('comes back as it was: %s', (name) => {
    expect(writeFlow(readFlow(sample(name)))).toBe(sample(name));
  });

  it('keeps what nodes can say, in the order of the file', () => {
    const flow = changeNode(chain('b a'), 'a', { join: { n: 2 }, retry: { attempts: 3, backoff: { first_ms: 100 } }, timeout_ms: 5, bypass: true, config: { z: 1, a: { c: 1, b: 2 } } });
    const text = writeFlow(flow);
    expect(writeFlow(readFlow(text))).toBe(text);
    expect(text).toMatch(/"id": "a"[\s\S]*"a": \{\s*"b": 2,\s*"c": 1[\s\S]*"z": 1[\s\S]*"join"[\s\S]*"most_ms": 30000[\s\S]*"timeout_ms": 5,\s*"bypass": true[\s\S]*"id": "b"/);
  });

  it.each([
    ['nonsense', 'not JSON'],
    ['[]', 'no JSON object'],
    ['{"schema":"assent.flow/7","id":"a","name":"A","nodes":[]}', 'document version 7'],
    ['{"schema":"x","id":"a","name":"A","nodes":[]}', 'not a flow'],
    ['{"schema":"assent.flow/1","id":"a","name":"A","nodes":[{"id":"n","kind":"k"},{"id":"n","kind":"k"}]}', 'Two nodes have the id "n"'],
    ['{"schema":"assent.flow/1","id":"a","name":"A","nodes":[],"edges":[{"from":"x"}]}', 'has no ends'],
  ])('is refused in words: %s', (text, reason) => {
    expect(() => readFlow(text)).toThrow(reason);
  });
});

describe('names', () => {
  it('are made of what people write', () => {
    expect(asId('  Ask Älice — now!  ')).toBe('ask-a-lice-now');
    expect(asId('†')).toBe('node');
    expect(asPortName('2nd Choice')).toBe('nd_choice');
    expect(free('pay', (id) => ['pay', 'pay-2'].includes(id))).toBe('pay-3');
    expect(free('pay-2', (id) => id === 'pay-2')).toBe('pay-3');
  });
});

describe('fits', () => {
  it('is the rule of flow::Type::fits', () => {
    const yes = [['any', 'money'], ['money', 'any'], ['audio', 'file'], ['text', 'json'], ['list<money>', 'json'], ['list<audio>', 'list<file>'], ['list<any>', 'list<text>']];
    const no = [['file', 'audio'], ['file', 'json'], ['list<file>', 'json'], ['text', 'number'], ['text', 'list<text>'], ['json', 'text'], ['list<text>', 'text']];
    expect(yes.every(([a = '', b = '']) => fits(a, b))).toBe(true);
    expect(no.some(([a = '', b = '']) => fits(a, b))).toBe(false);
  });
  it('says why a wire does not', () => {
    expect(whyNot(port('text', 'text'), port('amounts', 'list<money>'))).toBe('“text” gives text, but “amounts” takes a list of amounts.');
    expect(whyNot(port('a', 'any'), port('b', 'money'))).toBeUndefined();
  });
});

describe('nodes and wires', () => {
  it('an edit shares what it does not touch', () => {
    const flow = large(500);
    const next = setConfig(flow, 'n7', 'ms', 5);
    expect(next.edges).toBe(flow.edges);
    expect(next.nodes.get('n8')).toBe(flow.nodes.get('n8'));
    expect(setConfig(next, 'n7', 'ms', 5)).toBe(next);
  });

  it('nodes get free ids and keep them when they are renamed', () => {
    const { flow, id } = addNode(addNode(chain('a'), { kind: 'pay', version: 1, at: { x: 1.4, y: 2 } }).flow, { kind: 'pay', version: 1, at: { x: 0, y: 0 } });
    expect(id).toBe('pay-2');
    expect(flow.places.get('pay')).toEqual({ x: 1, y: 2 });
    expect([...changeNode(flow, 'pay', { name: 'Pay Alice' }).nodes.keys()]).toEqual(['a', 'pay', 'pay-2']);
  });

  it('a node takes its wires and its place in frames along when it goes', () => {
    const framed = frameNodes(chain('a b c', 'a>b b>c'), ['b'], () => ({ width: 220, height: 80 })).flow;
    const next = removeNodes(framed, set('b'));
    expect([wires(next), next.frames.size, next.rects.size, next.places.has('b')]).toEqual(['', 0, 0, false]);
  });

  it('delete and reconnect joins what came in to what went out, where it fits', () => {
    const flow = chain('a b c d', 'a>b b>c c>d a.out>d.other');
    expect(wires(removeAndReconnect(flow, set('b', 'c'), () => true))).toBe('a.out>d.in a.out>d.other');
    expect(wires(removeAndReconnect(flow, set('b', 'c'), () => false))).toBe('a.out>d.other');
  });

  it('an input with one wire gives up the old one', () => {
    const flow = chain('a b c', 'a>c');
    expect(wires(connect(flow, { from: 'b.out', to: 'c.in' }, false))).toBe('b.out>c.in');
    expect(wires(connect(flow, { from: 'b.out', to: 'c.in' }, true))).toBe('a.out>c.in b.out>c.in');
    expect(connect(flow, { from: 'a.out', to: 'c.in' }, true)).toBe(flow);
    expect(wires(disconnect(flow, set('a.out>c.in')))).toBe('');
  });

  it('a spliced node stands in the order of the wire it was put into', () => {
    const flow = chain('a b m x', 'a>m b>m');
    expect(wires(splice(flow, { from: 'a.out', to: 'm.in' }, 'x.in', 'x.out'))).toBe('a.out>x.in x.out>m.in b.out>m.in');
  });

  it('circles are seen before they are closed', () => {
    const flow = chain('a b c', 'a>b b>c');
    expect(([['c', 'a'], ['a', 'c'], ['a', 'a']] as const).map(([from, to]) => closesCircle(flow, { id: from, inner: false }, { id: to, inner: false }))).toEqual([true, false, true]);
    expect(upstream(flow, 'c')).toEqual(set('a', 'b'));
  });

  it('bypass is on for all unless all have it', () => {
    const one = toggleBypass(chain('a b'), ['a']);
    expect(toggleBypass(one, ['a', 'b']).nodes.get('b')?.bypass).toBe(true);
    expect('bypass' in (toggleBypass(one, ['a']).nodes.get('a') ?? {})).toBe(false);
  });
});

describe('frames and order', () => {
  const size = () => ({ width: 220, height: 80 });
  it('a node that is moved in belongs to the frame, one moved out does not', () => {
    const { flow, id } = frameNodes(chain('a b'), ['a'], size);
    const both = settleInFrames(moveBy(flow, ['b'], -300, 0), ['b'], size);
    expect(both.frames.get(id)?.members).toEqual(['a', 'b']);
    expect(settleInFrames(moveBy(both, ['a'], 0, 900), ['a'], size).frames.get(id)?.members).toEqual(['b']);
    expect(unframe(both, [id]).frames.size).toBe(0);
  });
  it('aligns and distributes', () => {
    const boxes = [['a', 0, 0, 100], ['b', 130, 50, 20], ['c', 300, 90, 100]].map(([id, x, y, width]) => ({ id: String(id), x: Number(x), y: Number(y), width: Number(width), height: 10 }));
    expect([...aligned(boxes, 'bottom').values()].map((at) => at.y)).toEqual([90, 90, 90]);
    expect([...aligned(boxes, 'center').values()].map((at) => at.x)).toEqual([150, 190, 150]);
    expect([...distributed(boxes, 'x').values()].map((at) => at.x)).toEqual([0, 190, 300]);
  });
});

describe('clipboard', () => {
  const fields = (kind: string): string[] => (kind === 'approval' ? ['for'] : []);
  it('goes through text and into another flow under new ids', () => {
    const flow = changeNode(frameNodes(chain('a b c', 'a>b b>c'), ['a', 'b'], () => ({ width: 220, height: 80 })).flow, 'a', { kind: 'approval', config: { for: 'b' } });
    const clip = readClip(writeClip(clipOf(flow, set('a', 'b'))));
    const { flow: next, ids } = paste(chain('a x'), clip, { x: 100, y: 100 }, fields);
    expect(ids).toEqual(['a-2', 'b']);
    expect(wires(next)).toBe('a-2.out>b.in');
    expect(next.nodes.get('a-2')?.config).toEqual({ for: 'b' });
    expect(next.places.get('b')).toEqual({ x: 420, y: 136 });
    expect(next.frames.get('group')?.members).toEqual(['a-2', 'b']);
  });
  it('duplicates beside, and names of nodes follow', () => {
    const flow = changeNode(chain('a b'), 'a', { kind: 'approval', config: { for: 'b' } });
    expect(duplicate(flow, set('a', 'b'), fields).flow.nodes.get('a-2')?.config).toEqual({ for: 'b-2' });
    expect(duplicate(flow, set('a'), fields).flow.nodes.get('a-2')?.config).toEqual({ for: 'b' });
  });
  it('takes a whole flow, too', () => {
    expect(readClip(sample('hello')).nodes.length).toBe(3);
  });
  it.each([['', 'empty'], ['hello', 'no JSON'], ['[1]', 'no nodes'], ['{"schema":"assent.nodes/1","nodes":[]}', 'holds no nodes'], ['{"schema":"assent.nodes/2"}', 'newer'], ['{"schema":"assent.nodes/1","nodes":[{"id":3}]}', 'no id']])('refuses %s', (text, reason) => {
    expect(() => readClip(text)).toThrow(reason);
  });
});

describe('sub-flows', () => {
  it('collapse and expand are each other’s way back', () => {
    const flow = chain('a b c d e', 'a>b b>c b>d.in c>d.more a.out>c.also d>e');
    const { outer, inner, node } = collapse(flow, set('b', 'c'), 'part', 'Part', somePorts);
    expect(wires(outer)).toBe('a.out>part.in part.out>d.in part.out_2>d.more d.out>e.in');
    expect(outer.nodes.get(node)?.config).toEqual({ flow: 'part', inputs: [{ name: 'in', type: 'text' }], outputs: [{ name: 'out', type: 'text' }, { name: 'out_2', type: 'text' }] });
    expect(new Set(wires(inner).split(' '))).toEqual(set('b.out>c.in', 'input.in>b.in', 'input.in>c.also', 'b.out>output.out', 'c.out>output.out_2'));
    const { flow: back, lost } = expand(outer, node, inner, () => []);
    expect(new Set(wires(back).split(' '))).toEqual(new Set(wires(flow).split(' ')));
    expect([[...back.nodes.keys()].sort(), lost]).toEqual([['a', 'b', 'c', 'd', 'e'], []]);
  });
  it('says which defaults are lost', () => {
    const inner = readFlow(sample('hello'));
    const outer = addNode(chain('a'), { kind: 'sub-flow', version: 1, at: { x: 0, y: 0 }, config: { flow: 'hello' } });
    const { flow, lost } = expand(outer.flow, outer.id, inner, () => []);
    expect([...flow.nodes.keys()]).toEqual(['a', 'greet']);
    expect(lost).toEqual(['The default of “name” is no longer used.']);
  });
});

it('ELK gets ports at their places and only wires that have both', () => {
  const graph = elkGraph(chain('a b', 'a>b a.gone>b.in'), set('a', 'b'), () => ({ width: 220, height: 80 }), () => [{ name: 'in', side: 'in', x: 0, y: 40 }, { name: 'out', side: 'out', x: 220, y: 40 }]);
  expect(graph.edges?.map(({ sources, targets }) => [sources[0], targets[0]])).toEqual([['out a.out', 'in b.in']]);
});
