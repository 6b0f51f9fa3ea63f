import { describe, expect, it } from 'vitest';
import type { Inspection, KindInfo } from '../api/types';
import { Scenes } from '../canvas/scene';
import { chain, large, port } from '../document/fixtures';
import type { FlowNode, Frame, FrameKind } from '../document/flow';
import { FrameShapes, likelyPorts } from './kinds.svelte';
import { findNodes } from './find';
import { fieldsOf, newRow, starterConfig, titleOf, typingProblem } from './inspector/schema';
import { nearOf } from './near';
import { fitting, found, grouped, offersOf } from './offers';
import { askedBy, filledProblem, keepable, runInputs } from './run-inputs';
import { trailOf } from './trail';

const SHAPE = { title: 'Step', says: 'Does it', icon: '', effect: 'pure' as const, isNote: false, ports: { inputs: [port('in', 'text')], outputs: [port('out', 'text')] } };
const ROW = { type: 'object', required: ['name'], properties: { name: { type: 'string', pattern: '^[a-z]+$', maxLength: 8 }, type: { type: 'string', default: 'any', pattern: '^(list<)*(any|text)>*$' }, help: { type: 'string' } } };
const kind = (name: string, more: Partial<KindInfo> = {}): KindInfo => ({
  name, version: 1, title: name, summary: `Does ${name}`, group: 'Control', icon: 'x', effect: 'pure', config: { type: 'object', properties: {} },
  ports: { inputs: [port('value', 'text')], outputs: [port('out', 'number')] }, ...more,
} as KindInfo);

describe('the inspector reads a schema', () => {
  const fields = fieldsOf({
    required: ['url'],
    properties: {
      timeout_ms: { type: 'integer', minimum: 100, maximum: 300_000, default: 30_000, unit: 'ms', description: 'How long.' },
      url: { type: 'string', format: 'template', examples: ['https://a.example'] },
      level: { oneOf: [{ const: 'debug', type: 'string', description: 'For faults.' }, { const: 'info', type: 'string' }] },
      secret: { type: ['string', 'null'], format: 'secret', default: null },
      inputs: { type: 'array', items: { $ref: '#/$defs/Row' } },
      fields: { type: 'object', additionalProperties: ROW },
      ok: { type: 'boolean', default: true },
      any: {},
    },
    $defs: { Row: ROW },
  });
  const of = (name: string) => fields.find((field) => field.name === name);

  it('as fields with their sort, what must be there first and lists last', () => {
    expect(fields.map(({ name, sort }) => `${name}:${sort}`)).toEqual(['url:template', 'timeout_ms:number', 'level:choice', 'secret:secret', 'fields:map', 'ok:switch', 'any:json', 'inputs:rows']);
    expect(of('timeout_ms')).toMatchObject({ title: 'Timeout', unit: 'ms', min: 100, whole: true, help: 'How long.' });
    expect(of('secret')?.nullable).toBe(true);
    expect(of('inputs')?.fields.map(({ sort }) => sort)).toEqual(['text', 'type', 'text']);
    expect(titleOf('utc_offset_min', 'min')).toBe('UTC offset');
  });
  it('and says what is wrong while it is typed', () => {
    const timeout = of('timeout_ms');
    expect(timeout && ['5', '1.5', 'x', '200', ''].map((text) => typingProblem(timeout, text))).toEqual(['At least 100 ms.', 'Only whole numbers go here.', 'This is no number.', undefined, undefined]);
    const name = of('inputs')?.fields[0];
    expect(name && typingProblem(name, 'Bad')).toMatch(/Lower-case/);
  });
  it('a new node has only what must be there', () => {
    const config = { required: ['ports', 'text', 'ms'], properties: { ports: { type: 'array', items: ROW }, text: { type: 'string' }, ms: { type: 'integer', examples: [60_000] }, more: { type: 'string' } } };
    expect(starterConfig(kind('x', { config }))).toEqual({ ms: 60_000, ports: [{ name: 'value', type: 'text' }], text: '' });
    expect(newRow(of('inputs')?.fields ?? [], ['value'])).toEqual({ name: 'value_2', type: 'text' });
  });
});

describe('what can be added', () => {
  const flow = { id: 'other', name: 'Other flow', description: 'Helps', folder: '', tags: [], nodes: 1, stamp: '', modified_at: 0, draft: false };
  const offers = offersOf([kind('delay'), kind('merge', { summary: 'Joins' }), kind('sub-flow', { group: 'Flow', ports: { inputs: [], outputs: [] } })], [flow, { ...flow, id: 'self' }], 'self');
  it('is found by name and by what it does, flows included', () => {
    expect(found(offers, 'join').map(({ id }) => id)).toEqual(['merge']);
    expect(found(offers, 'other').map(({ id }) => id)).toEqual(['flow:other']);
    expect(grouped(offers).map(([group]) => group)).toEqual(['Flow', 'Control', 'Flows of this workspace']);
  });
  it('and only what fits where a wire was drawn into the open', () => {
    expect(fitting(offers, { side: 'out', type: 'money' }).map(({ id }) => id)).toEqual([]);
    expect(fitting(offers, { side: 'out', type: 'text' }).map(({ id }) => id)).toEqual(['delay', 'merge']);
    expect(fitting(offers, { side: 'in', type: 'json' }).map(({ id }) => id)).toEqual(['delay', 'merge']);
  });
});

describe('a run’s inputs', () => {
  const flow = chain('a');
  const node: FlowNode = { id: 'in', kind: 'input', version: 1, name: '', config: { ports: [{ name: 'who', type: 'text', default: 'you' }, { name: 'sum', type: 'money' }, { name: 'words', type: 'audio' }, { name: 'list', type: 'list<text>', required: false }] } };
  const asked = askedBy({ ...flow, nodes: new Map([...flow.nodes, ['in', node]]) });
  it('are what the input nodes ask for', () => {
    expect(asked.map(({ name, required }) => `${name}:${required}`)).toEqual(['who:false', 'sum:true', 'words:true', 'list:false']);
  });
  it('are looked at before they are sent', () => {
    const problem = (name: string, text: string): string | undefined => {
      const one = asked.find((other) => other.name === name);
      return one && filledProblem(one, { text });
    };
    expect([problem('sum', '25'), problem('sum', '25.00 USD'), problem('words', ''), problem('list', '{}'), problem('list', '["a"]'), problem('list', '')])
      .toEqual([expect.stringMatching(/25.00 USD/), undefined, 'Choose a file.', expect.stringMatching(/array/), undefined, undefined]);
  });
  it('go out as the program takes them, without what was left empty', () => {
    const file = { file: { name: 'a.wav', media: 'audio/wav', base64: 'AA==' } };
    expect(runInputs(asked, { who: { text: '' }, sum: { text: ' 25.00 USD ' }, words: file })).toEqual([{ name: 'sum', value: { text: '25.00 USD' } }, { name: 'words', value: file }]);
    expect(keepable({ a: { text: 'x' }, b: { file: { name: '', media: '', base64: 'x'.repeat(600_000) } } })).toEqual({ a: { text: 'x' } });
  });
});

describe('the canvas', () => {
  const scene = new Scenes().build(large(5000), () => SHAPE);
  const size = { width: 1500, height: 900 };
  it('puts cards into the page only near, and only those around the view', () => {
    const near = nearOf(undefined, scene, { x: 0, y: 0, zoom: 1 }, size);
    expect([near.isNear, near.cards.length < 80, near.cards.length > 20]).toEqual([true, true, true]);
    expect(nearOf(near, scene, { x: -60, y: -40, zoom: 1 }, size)).toBe(near);
    expect(nearOf(near, scene, { x: -900, y: -40, zoom: 1 }, size)).not.toBe(near);
    expect(nearOf(near, scene, { x: 0, y: 0, zoom: 0.39 }, size)).toMatchObject({ isNear: false, cards: [] });
    const dense = new Scenes().build({ ...large(5000), places: new Map() }, () => SHAPE);
    expect(nearOf(undefined, dense, { x: 0, y: 0, zoom: 1 }, size).isNear).toBe(false);
  });
  it('finds nodes by title, kind and config, titles first', () => {
    expect(findNodes(scene.cards.slice(0, 20), 'pay').length).toBe(4);
    expect(findNodes(scene.cards, 'n4999')).toEqual(['n4999']);
    expect(findNodes(scene.cards, ' ')).toEqual([]);
  });
  it('knows likely ports before the checks have said them', () => {
    const node = { id: 'x', kind: 'input', version: 1, name: '', config: { ports: [{ name: 'who', type: 'text' }, 7] } };
    expect(likelyPorts(node, undefined)).toMatchObject({ inputs: [], outputs: [{ name: 'who', type: 'text' }] });
    expect(likelyPorts({ ...node, kind: 'set', config: { fields: { a: {} }, inputs: [{ name: 'i' }] } }, kind('set'))).toMatchObject({ inputs: [{ name: 'value' }, { name: 'i', type: 'any' }], outputs: [{ name: 'out' }, { name: 'a' }] });
  });
});

it('a path leads through sub-flows as far as they are known', () => {
  const calls = chain('call');
  const outer = { ...calls, nodes: new Map([['call', { id: 'call', kind: 'sub-flow', version: 1, name: '', config: { flow: 'inner' } }]]) };
  const known = (id: string) => (id === 'outer' ? outer : undefined);
  expect(trailOf(['outer', 'call', 'deeper'], known)).toEqual([{ flow: 'outer' }, { flow: 'inner', node: 'call' }]);
  expect(trailOf(['outer', 'gone'], known)).toEqual([{ flow: 'outer' }]);
  expect(trailOf([], known)).toEqual([]);
});

it('a frame that became one of another kind has its ports at once, and not those that were said of the other', () => {
  const shapes = new FrameShapes();
  const frame = (kind: FrameKind): Frame => ({ id: 'f', kind, name: '', members: [], config: {} });
  const said = (name: string): Inspection => ({
    problems: [], digest: null,
    nodes: { f: { ports: { inputs: [], outputs: [] }, inner: { inputs: [], outputs: [port(name, 'any')] }, effect: 'pure', says: `Says ${name}` } },
  });
  const inner = (kind: FrameKind, inspection: Inspection | undefined): string[] => shapes.of(frame(kind), inspection).inner.outputs.map(({ name }) => name);
  const [first, second] = [said('item'), said('round')];
  expect([inner('for-each', first), inner('repeat', first), inner('repeat', first), inner('repeat', second), inner('for-each', second)]).toEqual([['item'], [], [], ['round'], []]);
});
