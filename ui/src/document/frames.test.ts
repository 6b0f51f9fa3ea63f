import { describe, expect, it } from 'vitest';
import { clipOf, paste } from './clipboard';
import { addFrame, changeKind, frameNodes, makeRoom, moveMember, settleInFrames, unframe } from './edit-frames';
import { moveBy, removeNodes } from './edit-nodes';
import { closesCircle } from './edit-wires';
import { chain, somePorts } from './fixtures';
import { type Flow, type FrameKind, type Rect, edgeId } from './flow';
import { innerEnds, nesting, whyNotAcross, withContents } from './frames';
import { collapse } from './subflow';

/** What gives sizes may know places, too, and these may be old. */
const size = () => ({ x: 5000, y: 5000, width: 220, height: 80 });
const MARGINS = { left: 60, top: 80, right: 60, bottom: 20 };
const members = (flow: Flow): Record<string, readonly string[]> => Object.fromEntries([...flow.frames].map(([id, frame]) => [id, frame.members]));
const wires = (flow: Flow): string => flow.edges.map(edgeId).join(' ');
const set = (...ids: string[]): Set<string> => new Set(ids);

/** A flow with frames as `each: for-each b c`, inner ones first. */
function framed(flow: Flow, ...frames: [id: string, kind: FrameKind, members: string, rect?: Rect][]): Flow {
  return {
    ...flow,
    frames: new Map(frames.map(([id, kind, ids]) => [id, { id, kind, name: '', members: ids.split(' ').filter(Boolean), config: {} }])),
    rects: new Map(frames.flatMap(([id, , , rect]) => (rect ? [[id, rect] as const] : []))),
  };
}

describe('what stands in what', () => {
  const flow = framed(chain('a b c d'), ['outer', 'for-each', 'inner a pair'], ['inner', 'try', 'b c'], ['pair', 'group', 'a']);
  const inside = nesting(flow);
  it('is by the innermost frame that runs it; groups take nothing away', () => {
    expect([inside.around('b'), inside.homeOf('a'), inside.groupOf('a'), inside.around('d')]).toEqual([['inner', 'outer'], 'outer', 'pair', []]);
    expect([inside.standsAs('b', 'outer'), inside.standsAs('b', undefined), inside.standsAs('d', 'outer')]).toEqual(['inner', 'outer', undefined]);
    expect([inside.common(['b', 'a']), inside.common(['b', 'c']), inside.common(['b', 'd'])]).toEqual(['outer', 'inner', undefined]);
    expect(withContents(flow, ['outer'])).toEqual(set('outer', 'inner', 'a', 'b', 'c', 'pair'));
  });
  it('comes to an end where frames stand in each other', () => {
    const endless = framed(chain('a'), ['one', 'try', 'two a'], ['two', 'try', 'one']);
    expect(nesting(endless).around('a').length).toBeLessThan(3);
  });
  it('says at which side of a frame a wire ends', () => {
    expect(innerEnds(flow, { from: 'outer.item', to: 'b.in' })).toEqual({ from: true, to: false });
    expect(innerEnds(flow, { from: 'b.out', to: 'inner.result' })).toEqual({ from: false, to: true });
    expect(innerEnds(flow, { from: 'inner.result', to: 'outer.result' })).toEqual({ from: false, to: true });
    expect(innerEnds(flow, { from: 'd.out', to: 'outer.items' })).toEqual({ from: false, to: false });
    expect(innerEnds(flow, { from: 'outer.item', to: 'outer.result' })).toEqual({ from: true, to: true });
  });
});

describe('wires across borders', () => {
  const flow = framed(chain('a b c d', 'a>b b>c'), ['outer', 'for-each', 'inner a'], ['inner', 'try', 'b c']);
  const why = (from: string, to: string): string | undefined => {
    const end = (word: string) => ({ id: word.replace('!', ''), inner: word.endsWith('!') });
    return whyNotAcross(flow, end(from), end(to));
  };
  it('may lead in past a border, and what comes of it leaves by the frame', () => {
    for (const [from, to] of [['d', 'b'], ['d', 'outer'], ['outer!', 'b'], ['outer!', 'a'], ['b', 'inner!'], ['inner', 'outer!'], ['outer', 'd'], ['inner', 'a'], ['outer!', 'outer!']]) expect(why(from ?? '', to ?? ''), `${from} ${to}`).toBeUndefined();
  });
  it('may not leave otherwise, and the reason says where to wire it', () => {
    for (const [from, to] of [['b', 'd'], ['b', 'a'], ['a', 'd'], ['b', 'outer!'], ['a', 'outer'], ['outer!', 'd']]) expect(why(from ?? '', to ?? ''), `${from} ${to}`).toMatch(/Wire it to the frame’s result/);
    expect(why('d', 'outer!')).toMatch(/Only what runs in the frame/);
    expect(why('outer', 'b')).toMatch(/comes after/);
  });
  it('keep the alternatives of a fallback apart', () => {
    const fallback = framed(chain('a b c'), ['f', 'fallback', 'a b']);
    const [a, b] = [{ id: 'a', inner: false }, { id: 'b', inner: false }];
    expect([whyNotAcross(fallback, a, b), whyNotAcross(fallback, { id: 'c', inner: false }, b), whyNotAcross(fallback, a, { id: 'f', inner: true })]).toEqual([expect.stringMatching(/alternative/), undefined, undefined]);
  });
  it('close a circle where a frame waits for itself, and only there', () => {
    const looped: Flow = { ...flow, edges: [{ from: 'outer.results', to: 'd.in' }, { from: 'outer.item', to: 'a.in' }, { from: 'a.out', to: 'b.in' }] };
    const circle = (from: string, to: string, [a, b] = [false, false]): boolean => closesCircle(looped, { id: from, inner: a }, { id: to, inner: b });
    expect([circle('d', 'outer'), circle('d', 'b'), circle('inner', 'a'), circle('a', 'outer', [false, true]), circle('c', 'b'), circle('outer', 'outer')]).toEqual([true, true, true, false, false, true]);
  });
});

describe('frames around things', () => {
  it('stand where these stand, and rewire nothing', () => {
    const flow = framed(chain('a b c', 'a>b b>c'), ['outer', 'for-each', 'a b']);
    const { flow: next, id } = frameNodes(flow, ['b'], size, { kind: 'try' });
    expect([id, members(next), wires(next)]).toEqual(['try', { outer: ['a', 'try'], try: ['b'] }, 'a.out>b.in b.out>c.in']);
    expect(members(frameNodes(flow, ['a', 'c'], size, { kind: 'race' }).flow)).toEqual({ outer: ['a', 'b'], race: ['c', 'outer'] });
  });
  it('take in groups that are in them whole; others give up what they took', () => {
    const flow = framed(chain('a b c d'), ['pair', 'group', 'a b'], ['mixed', 'group', 'c d']);
    expect(members(frameNodes(flow, ['pair', 'c'], size, { kind: 'try' }).flow)).toEqual({ pair: ['a', 'b'], mixed: ['d'], try: ['a', 'b', 'c', 'pair'] });
  });
  it('a group in a frame leaves its members in the frame', () => {
    const flow = framed(chain('a b'), ['each', 'for-each', 'a b']);
    expect(members(frameNodes(flow, ['a'], size).flow)).toEqual({ each: ['a', 'b', 'group'], group: ['a'] });
  });
  it('push their neighbours off and grow what they stand in', () => {
    const { flow, id } = frameNodes(chain('a b c', 'a>b b>c'), ['b'], size, { kind: 'for-each', margins: MARGINS });
    const next = makeRoom(flow, id, size, () => MARGINS);
    expect([next.places.get('a')?.x, next.places.get('b')?.x, next.places.get('c')?.x, next.rects.get(id)]).toEqual([-20, 300, 620, { x: 240, y: -80, width: 340, height: 180 }]);
    const nested = frameNodes(next, ['b'], size, { kind: 'try', margins: MARGINS });
    expect(makeRoom(nested.flow, nested.id, size, () => MARGINS).rects.get(id)).toEqual({ x: 180, y: -160, width: 460, height: 280 });
  });
  it('become other frames: a group runs nothing, ports that mean the same keep their wires', () => {
    const flow = framed(chain('a b c', 'a.out>each.items each.item>b.in b.out>each.result each.results>c.in'), ['outer', 'try', 'each'], ['each', 'for-each', 'b']);
    const repeat = changeKind(flow, 'each', 'repeat', { until: '' }, { inputs: ['value', 'result'], outputs: ['result', 'rounds', 'value', 'round'] });
    expect(wires(repeat)).toBe('a.out>each.value each.value>b.in b.out>each.result each.result>c.in');
    const group = changeKind(repeat, 'each', 'group', {}, { inputs: [], outputs: [] });
    expect([members(group), wires(group)]).toEqual([{ outer: ['b', 'each'], each: ['b'] }, 'a.out>b.in b.out>c.in']);
    const again = changeKind(group, 'each', 'race', {}, { inputs: ['result'], outputs: ['result'] });
    expect(members(again)).toEqual({ outer: ['each'], each: ['b'] });
  });
  it('go and leave what stands in them, wired on where that can be told', () => {
    const flow = framed(chain('a b c', 'a.out>b.in b.out>t.result t.result>c.in'), ['outer', 'try', 't c'], ['t', 'try', 'b']);
    expect([members(unframe(flow, ['t'])), wires(unframe(flow, ['t']))]).toEqual([{ outer: ['b', 'c'] }, 'a.out>b.in b.out>c.in']);
    const each = framed(chain('a b c', 'a.out>each.items each.item>b.in b.out>each.result each.results>c.in'), ['each', 'for-each', 'b']);
    expect(wires(unframe(each, ['each']))).toBe('');
  });
  it('go with what stands in them', () => {
    const flow = framed(chain('a b c', 'a>b b.out>t.result t.result>c.in'), ['outer', 'try', 't'], ['t', 'try', 'b']);
    const next = removeNodes(flow, withContents(flow, ['outer']));
    expect([[...next.nodes.keys()], members(next), wires(next)]).toEqual([['a', 'c'], {}, '']);
    expect(members(removeNodes(flow, set('b')))).toEqual({ outer: ['t'], t: [] });
  });
  it('keep the order in which a fallback tries', () => {
    const flow = framed(chain('a b c'), ['f', 'fallback', 'c a b']);
    expect([members(moveMember(flow, 'f', 'a', 1)).f, members(moveMember(flow, 'f', 'c', -1)).f]).toEqual([['c', 'b', 'a'], ['c', 'a', 'b']]);
  });
});

describe('what stands in a frame by where it stands', () => {
  const outer: Rect = { x: -100, y: -100, width: 900, height: 400 };
  const inner: Rect = { x: 250, y: -50, width: 320, height: 200 };
  const flow = framed(chain('a b c'), ['outer', 'for-each', 'a inner', outer], ['inner', 'try', 'b', inner]);
  it('is the innermost', () => {
    expect(members(settleInFrames(moveBy(flow, ['a'], 300, 0), ['a'], size))).toEqual({ outer: ['inner'], inner: ['a', 'b'] });
    expect(members(settleInFrames(moveBy(flow, ['b'], 0, 900), ['b'], size))).toEqual({ outer: ['a', 'inner'], inner: [] });
  });
  it('goes along with its frame, which may come to stand elsewhere', () => {
    const out = settleInFrames(moveBy(flow, withContents(flow, ['inner']), 0, 900), withContents(flow, ['inner']), size);
    expect(members(out)).toEqual({ outer: ['a'], inner: ['b'] });
    expect(members(settleInFrames(moveBy(out, withContents(out, ['inner']), 0, -900), withContents(out, ['inner']), size))).toEqual({ outer: ['a', 'inner'], inner: ['b'] });
  });
  it('a group in a frame takes nothing away from it; a group around it shows the frame', () => {
    const grouped = framed(chain('a b c'), ['outer', 'for-each', 'a', outer], ['pair', 'group', '', inner]);
    expect(members(settleInFrames(moveBy(grouped, ['a'], 300, 0), ['a'], size))).toEqual({ outer: ['a'], pair: ['a'] });
    const around = framed(chain('a b c'), ['big', 'group', '', { x: -500, y: -500, width: 3000, height: 2000 }], ['inner', 'try', 'b', inner]);
    expect(members(settleInFrames(around, ['b', 'inner'], size))).toEqual({ big: ['inner'], inner: ['b'] });
  });
  it('a frame does not come to stand in one that is smaller', () => {
    const empty = addFrame(flow, 'race', {}, { x: 240, y: -60, width: 400, height: 260 });
    expect(members(settleInFrames(empty.flow, [empty.id], size))).toEqual({ outer: ['a', 'inner', 'race'], inner: ['b'], race: [] });
  });
});

it('frames are copied with what stands in them, and with the wires to their ports', () => {
  const flow = framed(chain('a b', 'a.out>each.items each.item>b.in b.out>each.result'), ['each', 'for-each', 'b', { x: 0, y: 0, width: 10, height: 10 }]);
  const { flow: next, ids } = paste(flow, clipOf(flow, set('each')), { x: 50, y: 50 }, () => []);
  expect([ids, members(next)['each-2'], wires(next)]).toEqual([['b-2', 'each-2'], ['b-2'], 'a.out>each.items each.item>b.in b.out>each.result each-2.item>b-2.in b-2.out>each-2.result']);
});

it('a frame becomes part of a sub-flow whole, and the caller stands where it stood', () => {
  const flow = framed(chain('a b c', 'a.out>b.in b.out>t.result t.result>outer.result'), ['outer', 'try', 'a t'], ['t', 'try', 'b']);
  const { outer, inner } = collapse(flow, set('b', 't'), 'part', 'Part', somePorts);
  expect([members(outer), members(inner)]).toEqual([{ outer: ['a', 'part'] }, { t: ['b'] }]);
  expect(wires(outer)).toBe('a.out>part.in part.result>outer.result');
});
