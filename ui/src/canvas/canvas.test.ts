import { describe, expect, it } from 'vitest';
import { chain, large, port } from '../document/fixtures';
import { CARD_WIDTH, type Shape, cardOf, socketOf } from './card';
import { readShadows } from './colours';
import { bounds, curve, distance, pointOn } from './curve';
import { type Face, faceKey, opacityOf, wordSizes } from './face';
import { type FrameShape, TAB } from './frame-box';
import { Grid } from './grid';
import { aroundIds, cardAt, hit, inBox, neighbour, socketNear, wireAt } from './hit';
import { fromMini, miniFit, miniView } from './minimap';
import { Scenes, wiresAt } from './scene';
import { fitted, fittedAbove, isInCorner, resized, revealed, seen, toCanvas, toScreen, zoomedAt } from './viewport';

const SHAPE: Shape = {
  title: 'Step', says: 'Does it', icon: 'play', effect: 'pure', isNote: false,
  ports: { inputs: [port('in', 'text'), port('more', 'number')], outputs: [port('out', 'text'), port('error', 'json')] },
};
const scene = (flow = chain('a b c', 'a>b b>c')) => new Scenes().build(flow, () => SHAPE);
const WINDOW = { width: 1000, height: 600 };
const REACH = { zoom: 1, sockets: true, showsError: () => false, extra: () => 0 };

describe('cards', () => {
  it('have their ports in rows, and the error output at their head', () => {
    const card = scene().byId.get('a');
    expect([card?.width, card?.height]).toEqual([CARD_WIDTH, 34 + 22 + 1 + 10 + 2 * 21]);
    expect(card?.inputs.map(({ x, y }) => [x, y])).toEqual([[0, 72.5], [0, 93.5]]);
    expect(card && socketOf(card, 'out', 'error')).toMatchObject({ x: CARD_WIDTH, y: 17 });
  });
  it('show ports that only a wire knows', () => {
    const card = scene(chain('a b', 'a>b.lost')).byId.get('b');
    expect(card?.inputs.at(-1)).toMatchObject({ name: 'lost', missing: true });
  });
  it('grow with the words of a note', () => {
    const note = (text: string): number => cardOf({ id: 'n', kind: 'note', version: 1, name: '', config: { text } }, { x: 0, y: 0 }, { ...SHAPE, isNote: true }).height;
    expect([note(''), note('a\nb\nc'), note('x'.repeat(5000))]).toEqual([56, 74, 272]);
  });
  it('are kept where nothing about them changed', () => {
    const [scenes, flow] = [new Scenes(), large(200)];
    const before = scenes.build(flow, () => SHAPE);
    const after = scenes.build({ ...flow, places: new Map(flow.places).set('n3', { x: 7, y: 7 }) }, () => SHAPE);
    expect(after.byId.get('n3')).not.toBe(before.byId.get('n3'));
    expect(after.byId.get('n4')).toBe(before.byId.get('n4'));
  });
});

describe('cards drawn as the page shows them', () => {
  const face: Face = {
    icon: undefined as never, state: undefined, tone: undefined, sign: undefined, seal: undefined, elapsed: '', last: undefined,
    chosen: false, lead: false, faulty: false, showsError: false, isWired: () => false,
  };
  it('have the shadows of the tokens', () => {
    expect(readShadows('0 1px 2px oklch(0 0 0 / .4), 0 8px 24px oklch(0.3 0.02 265 / .10)')).toEqual([
      { x: 0, y: 1, blur: 2, spread: 0, colour: 'oklch(0 0 0 / .4)' }, { x: 0, y: 8, blur: 24, spread: 0, colour: 'oklch(0.3 0.02 265 / .10)' },
    ]);
    expect(readShadows('0 0 0 1px oklch(0.40 0.012 265)')).toEqual([{ x: 0, y: 0, blur: 0, spread: 1, colour: 'oklch(0.40 0.012 265)' }]);
    expect(readShadows('')).toEqual([]);
  });
  it('never have words under 11 px on the screen', () => {
    for (const zoom of [0.4, 0.5, 0.66, 1, 2]) expect(wordSizes(zoom).small * zoom).toBeGreaterThan(10.99);
    expect(wordSizes(1)).toEqual({ title: 13, small: 12 });
  });
  it('are drawn again when anything that they show is another', () => {
    const card = scene().byId.get('b');
    if (!card) throw new Error('no card');
    const others: Partial<Face>[] = [
      { state: 'done', tone: 'ok' }, { elapsed: '0.31 s' }, { last: 'x' }, { chosen: true }, { lead: true }, { faulty: true }, { showsError: true }, { isWired: ({ side }) => side === 'in' },
    ];
    const keys = [face, ...others.map((other) => ({ ...face, ...other }))].map((one) => faceKey(card, one));
    expect(new Set(keys).size).toBe(keys.length);
    expect([opacityOf(card, face), opacityOf(card, { ...face, state: 'skipped' })]).toEqual([1, 0.62]);
  });
});

describe('curves', () => {
  it('leave and arrive level, and touch both ends', () => {
    const line = curve(0, 0, 200, 100);
    expect([pointOn(line, 0), pointOn(line, 0.5), pointOn(line, 1)]).toEqual([{ x: 0, y: 0 }, { x: 100, y: 50 }, { x: 200, y: 100 }]);
    expect([line[3], line[5]]).toEqual([0, 100]);
  });
  it('swing around when they run back', () => {
    const line = curve(200, 0, 0, 10);
    expect(line.length).toBe(14);
    expect(bounds(line)).toMatchObject({ x: -60, width: 320 });
  });
  it('know how far a point is', () => {
    expect(distance(curve(0, 0, 200, 0), { x: 100, y: 7 })).toBeCloseTo(7);
    expect(distance(curve(0, 0, 200, 0), { x: 210, y: 0 })).toBeCloseTo(10);
  });
});

describe('what lies where', () => {
  it('the grid finds what a search through all finds', () => {
    const rects = Array.from({ length: 400 }, (_, at) => ({ x: (at * 7919) % 9000, y: (at * 104729) % 7000, width: 20 + (at % 7) * (at % 50 === 0 ? 2000 : 40), height: 60 }));
    const grid = new Grid(rects);
    for (const area of [{ x: 0, y: 0, width: 10, height: 10 }, { x: 3000, y: 2500, width: 1400, height: 900 }, { x: -9e4, y: -9e4, width: 2e5, height: 2e5 }]) {
      const all = rects.flatMap((rect, index) => (rect.x <= area.x + area.width && area.x <= rect.x + rect.width && rect.y <= area.y + area.height && area.y <= rect.y + rect.height ? [index] : []));
      expect(grid.touching(area)).toEqual(all);
    }
  });
  it('a socket comes before its card, a card before a wire', () => {
    const s = scene();
    expect(hit(s, { x: CARD_WIDTH + 3, y: 72 }, REACH)).toMatchObject({ what: 'socket', socket: { name: 'out' }, card: { id: 'a' } });
    expect(hit(s, { x: CARD_WIDTH + 3, y: 72 }, { ...REACH, sockets: false })).toMatchObject({ what: 'wire' });
    expect(hit(s, { x: 10, y: 10 }, REACH)).toMatchObject({ what: 'card', card: { id: 'a' } });
    expect(hit(s, { x: 260, y: 72.5 }, REACH)).toMatchObject({ what: 'wire', wire: { id: 'a.out>b.in' } });
    expect(hit(s, { x: 260, y: 400 }, REACH)).toEqual({ what: 'nothing' });
    expect(hit(s, { x: CARD_WIDTH, y: 17 }, REACH).what).toBe('card');
    expect(hit(s, { x: CARD_WIDTH, y: 17 }, { ...REACH, showsError: () => true })).toMatchObject({ socket: { name: 'error' } });
  });
  it('the card on top is meant', () => {
    const flow = chain('a b');
    expect(cardAt(scene({ ...flow, places: new Map([['a', { x: 0, y: 0 }], ['b', { x: 100, y: 0 }]]) }), { x: 150, y: 20 })?.id).toBe('b');
    expect(cardAt(scene(), { x: 10, y: 120 }, () => 27)?.id).toBe('a');
  });
  it('frames are taken by their title and their corner', () => {
    const flow = { ...chain('a'), frames: new Map([['f', { id: 'f', kind: 'group' as const, name: 'F', members: ['a'], config: {} }]]), rects: new Map([['f', { x: -100, y: -100, width: 600, height: 400 }]]) };
    expect(hit(scene(flow), { x: -50, y: -90 }, REACH).what).toBe('frame');
    expect(hit(scene(flow), { x: -50, y: 200 }, REACH).what).toBe('nothing');
    expect(hit(scene(flow), { x: 498, y: 298 }, REACH).what).toBe('frame-corner');
    expect(inBox(scene(flow), { x: -200, y: -200, width: 900, height: 900 })).toEqual(['a', 'f']);
    expect(aroundIds(scene(flow), ['a', 'f'])).toMatchObject({ x: -100, width: 600 });
  });
  it('the nearest socket of a side is caught from some way off', () => {
    expect(socketNear(scene(), { x: 290, y: 80 }, 'in', 1)).toMatchObject({ card: { id: 'b' }, socket: { name: 'in' } });
    expect(socketNear(scene(), { x: 260, y: 80 }, 'in', 1)).toBeUndefined();
    expect(wireAt(scene(), { x: 260, y: 90 }, 6)).toBeUndefined();
  });
  it('arrows go to the nearest card in their direction', () => {
    const flow = { ...chain('a b c d'), places: new Map([['a', { x: 0, y: 0 }], ['b', { x: 300, y: 20 }], ['c', { x: 300, y: 400 }], ['d', { x: 0, y: 300 }]]) };
    expect(['right', 'down', 'left', 'up'].map((way) => neighbour(scene(flow), 'a', way as 'up'))).toEqual(['b', 'd', undefined, undefined]);
  });
});

describe('frames that run what stands in them', () => {
  const frames = new Map([['f', { id: 'f', kind: 'for-each' as const, name: '', members: ['b'], config: {} }]]);
  const flow = { ...chain('a b c', 'a.out>f.items f.item>b.in b.out>f.result f.results>c.in'), frames, rects: new Map([['f', { x: 240, y: -140, width: 340, height: 340 }]]) };
  const shape = (): FrameShape => ({
    title: 'For each', kindTitle: 'For each', says: '4 at once', icon: 'x', effect: 'pure', isNote: false,
    ports: { inputs: [port('items', 'list<any>')], outputs: [port('results', 'list<any>'), port('failures', 'json'), port('error', 'json')] },
    inner: { inputs: [port('result', 'any')], outputs: [port('item', 'any'), port('index', 'number')] },
  });
  const s = new Scenes().build(flow, () => SHAPE, shape);
  const box = s.frameById.get('f');
  if (!box) throw new Error('no frame');
  it('have ports to the outside at their head, and to the inside on tabs', () => {
    expect(box.head).toBe(34 + 11 + 2 * 21);
    expect(box.inputs.map(({ name, inner, x }) => [name, inner, x])).toEqual([['items', false, 0], ['result', true, 340 - TAB]]);
    expect(box.outputs.map(({ name, inner, x }) => [name, inner, x])).toEqual([['results', false, 340], ['failures', false, 340], ['item', true, TAB], ['index', true, TAB]]);
    expect(box.outputs[2]?.y).toBeGreaterThan(box.head);
  });
  it('have wires to both sides', () => {
    expect(s.wires.map(({ id, inner }) => [id, inner.from, inner.to])).toEqual([['a.out>f.items', false, false], ['f.item>b.in', true, false], ['b.out>f.result', false, true], ['f.results>c.in', false, false]]);
    expect(s.wires[1]?.line.slice(0, 2)).toEqual([240 + TAB, -140 + (box.outputs[2]?.y ?? 0)]);
    expect(box.inputs.map((socket) => wiresAt(s, 'f', socket).length)).toEqual([1, 1]);
  });
  it('are taken by their head, and their sockets by themselves', () => {
    expect(hit(s, { x: 400, y: -140 + box.head - 5 }, REACH).what).toBe('frame');
    expect(hit(s, { x: 400, y: -140 + box.head + 5 }, REACH).what).toBe('nothing');
    expect(hit(s, { x: 241, y: -140 + (box.inputs[0]?.y ?? 0) }, REACH)).toMatchObject({ what: 'socket', socket: { name: 'items' } });
    expect(socketNear(s, { x: 240 + TAB + 10, y: -140 + (box.outputs[2]?.y ?? 0) }, 'out', 1)).toMatchObject({ card: { id: 'f' }, socket: { name: 'item', inner: true } });
    expect([neighbour(s, 'b', 'up'), neighbour(s, 'f', 'down')]).toEqual(['f', 'b']);
  });
  it('show ports that only a wire knows, at the side on which it ends', () => {
    const lost = new Scenes().build({ ...flow, edges: [{ from: 'f.gone', to: 'b.in' }, { from: 'f.lost', to: 'c.in' }] }, () => SHAPE, shape).frameById.get('f');
    expect(lost?.outputs.filter(({ missing }) => missing).map(({ name, inner }) => [name, inner])).toEqual([['lost', false], ['gone', true]]);
  });
  it('stand around their members where nobody has put them', () => {
    const loose = new Scenes().build({ ...flow, rects: new Map() }, () => SHAPE, shape).frameById.get('f');
    expect(loose && [loose.x < 300 - TAB, loose.y < -box.head, loose.x + loose.width > 520 + TAB]).toEqual([true, true, true]);
  });
  it('an arrow leads from a node to the one that takes it back', () => {
    const node = flow.nodes.get('a');
    if (!node) throw new Error('no node');
    expect(new Scenes().build({ ...flow, nodes: new Map(flow.nodes).set('a', { ...node, undo: 'c' }) }, () => SHAPE).undos).toMatchObject([{ from: 'a', to: 'c' }]);
  });
});

describe('views', () => {
  const view = { x: 50, y: -20, zoom: 0.5 };
  it('there and back is the same point', () => {
    expect(toCanvas(view, toScreen(view, { x: 33, y: 44 }))).toEqual({ x: 33, y: 44 });
    expect(seen(view, WINDOW)).toEqual({ x: -100, y: 40, width: 2000, height: 1200 });
  });
  it('zooming leaves the point under the pointer where it is, and ends at the limits', () => {
    const [at, next] = [{ x: 400, y: 300 }, zoomedAt(view, { x: 400, y: 300 }, 1.7)];
    expect(toScreen(next, toCanvas(view, at))).toEqual({ x: expect.closeTo(400), y: expect.closeTo(300) });
    expect([zoomedAt(view, at, 99).zoom, zoomedAt(view, at, 0).zoom]).toEqual([2, 0.02]);
  });
  it('fitting shows all of it, in the middle, not enlarged', () => {
    const rect = { x: 100, y: 100, width: 4000, height: 300 };
    const part = seen(fitted(rect, WINDOW), WINDOW);
    expect(part.x <= rect.x && part.x + part.width >= rect.x + rect.width).toBe(true);
    expect(fitted({ x: 0, y: 0, width: 10, height: 10 }, WINDOW)).toEqual({ x: 495, y: 295, zoom: 1 });
  });
  it('revealing moves as little as it can', () => {
    const at = { x: 0, y: 0, zoom: 1 };
    expect(revealed(at, { x: 100, y: 100, width: 220, height: 80 }, WINDOW)).toBe(at);
    expect(revealed(at, { x: 900, y: 100, width: 220, height: 80 }, WINDOW)).toEqual({ x: -160, y: 0, zoom: 1 });
    expect(revealed(at, { x: 90_000, y: 0, width: 220, height: 80 }, WINDOW).x).toBe(-89_610);
  });
  it('the small picture holds everything, and clicks in it find their place', () => {
    const [s, size] = [scene(), { width: 172, height: 104 }];
    const fit = miniFit(s, view, WINDOW, size);
    const frame = miniView(fit, view, WINDOW);
    expect(frame.x >= 0 && frame.y >= 0 && frame.x + frame.width <= 172 && frame.y + frame.height <= 104).toBe(true);
    expect(fromMini(fit, { x: frame.x, y: frame.y })).toEqual({ x: expect.closeTo(-100), y: expect.closeTo(40) });
  });
  it('a flow that was seen whole is seen whole at another size; a part that was looked at stays', () => {
    const rect = { x: 0, y: 0, width: 1000, height: 500 };
    const [high, low] = [{ width: 1200, height: 700 }, { width: 1200, height: 300 }];
    const whole = fittedAbove(rect, high);
    const after = resized(whole, rect, high, low);
    expect(toScreen(after, { x: 1000, y: 500 }).y).toBeLessThan(low.height - 50);
    expect(toScreen(after, { x: 0, y: 0 }).y).toBeGreaterThan(0);
    const part = { x: -400, y: -100, zoom: 1 };
    expect(resized(part, rect, high, low)).toBe(part);
    expect(resized(whole, rect, { width: 0, height: 0 }, low)).toBe(whole);
    expect([isInCorner(whole, rect, high, { width: 188, height: 120 }), isInCorner(after, rect, low, { width: 500, height: 120 }), isInCorner(part, rect, high, high)]).toEqual([false, true, false]);
  });
});
