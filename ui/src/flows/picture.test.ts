import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Flow, emptyFlow } from '../document/flow';
import { readFlow } from '../document/read';
import { type Box, cutTo, curve, extentOf, inWords, pictureOf, titleOf } from './picture';

const shipped = (name: string): Flow => readFlow(readFileSync(new URL(`../../../flows/${name}.flow.json`, import.meta.url), 'utf8'));
const PAYMENT = shipped('voice-payment');

function grid(columns: number, rows: number): Flow {
  const ids = Array.from({ length: columns * rows }, (_, index) => `n${index}`);
  return {
    ...emptyFlow('grid', 'Grid'),
    nodes: new Map(ids.map((id) => [id, { id, kind: 'set', version: 1, name: '', config: {} }])),
    edges: ids.slice(1).map((id, index) => ({ from: `n${index}.out`, to: `${id}.in` })),
    places: new Map(ids.map((id, index) => [id, { x: (index % columns) * 260, y: Math.floor(index / columns) * 120 }])),
  };
}

const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

function expectInside(boxes: readonly Box[], width: number, height: number): void {
  for (const box of boxes) {
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.y).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(width + 0.01);
    expect(box.y + box.height).toBeLessThanOrEqual(height + 0.01);
  }
}

describe('a picture', () => {
  test.each([[1100, 200, 'words'], [880, 180, 'words'], [420, 140, 'glyphs'], [160, 60, 'dots'], [40, 20, 'dots']] as const)('of the voice payment at %d × %d has %s', (width, height, detail) => {
    const picture = pictureOf(PAYMENT, { width, height });
    expect(picture.detail).toBe(detail);
    expect(picture.boxes).toHaveLength(9);
    expect(picture.wires).toHaveLength(PAYMENT.edges.length);
    expectInside(picture.boxes, width, height);
    const { boxes } = picture;
    if (detail !== 'dots') expect(boxes.some((a, index) => boxes.slice(index + 1).some((b) => overlap(a, b)))).toBe(false);
  });
  test('of a small flow is not blown up', () => {
    const { boxes } = pictureOf(shipped('hello'), { width: 1600, height: 400 });
    const sorted = [...boxes].sort((a, b) => a.x - b.x);
    expect((sorted[1]?.x ?? 0) - (sorted[0]?.x ?? 0)).toBeLessThanOrEqual(260);
    expect(sorted[0]?.x).toBeGreaterThan(300);
  });
  test('of thousands of nodes is dots, and soon done', () => {
    const start = performance.now();
    const picture = pictureOf(grid(100, 50), { width: 400, height: 140 });
    expect(performance.now() - start).toBeLessThan(500);
    expect(picture.detail).toBe('dots');
    expect(picture.boxes).toHaveLength(5000);
    expectInside(picture.boxes, 400, 140);
  });
  test('of nothing, of one node, and of nodes without places', () => {
    expect(pictureOf(emptyFlow('a', 'A'), { width: 100, height: 50 }).boxes).toEqual([]);
    expectInside(pictureOf(grid(1, 1), { width: 300, height: 100 }).boxes, 300, 100);
    const piled = { ...grid(3, 1), places: new Map() };
    expectInside(pictureOf(piled, { width: 300, height: 100 }).boxes, 300, 100);
  });
  test('leaves out a wire whose end is gone', () => {
    expect(pictureOf({ ...grid(2, 1), edges: [{ from: 'n0.out', to: 'gone.in' }] }, { width: 300, height: 100 }).wires).toEqual([]);
  });
  test('of two versions in the same part of the canvas puts the same node at the same place', () => {
    const longer = grid(4, 1);
    const shorter = { ...longer, nodes: new Map([...longer.nodes].slice(0, 2)), edges: longer.edges.slice(0, 1) };
    const extent = extentOf(longer, shorter);
    const size = { width: 500, height: 120 };
    expect(pictureOf(shorter, size, extent).boxes[1]?.x).toBe(pictureOf(longer, size, extent).boxes[1]?.x);
  });
  test('shows frames around their members', () => {
    const flow = grid(2, 1);
    const framed: Flow = {
      ...flow,
      frames: new Map([['f', { id: 'f', kind: 'group', name: 'Both', members: ['n0', 'n1'], config: {} }]]),
      rects: new Map([['f', { x: -20, y: -40, width: 520, height: 180 }]]),
    };
    const { frames: [frame], boxes } = pictureOf(framed, { width: 500, height: 160 });
    for (const box of boxes) {
      expect(frame && frame.x < box.x && frame.x + frame.width > box.x + box.width).toBe(true);
      expect(frame && frame.y < box.y && frame.y + frame.height > box.y + box.height).toBe(true);
    }
  });
});

test('wires go on to the right, or swing out on the way back', () => {
  expect(curve(0, 0, 100, 50)).toBe('M0 0C50 0 50 50 100 50');
  expect(curve(100, 0, 0, 0)).toContain('S-20 0 0 0');
});

test('names', () => {
  const node = { id: 'n', kind: 'risk-score', version: 1, name: '', config: {} };
  expect(titleOf(node, new Map())).toBe('Risk score');
  expect(titleOf(node, new Map([['risk-score', { title: 'Risk', icon: 'gauge' }]]))).toBe('Risk');
  expect(titleOf({ ...node, name: 'Mine' }, new Map())).toBe('Mine');
  expect([cutTo('Ask the approver', 200), cutTo('Ask the approver', 61)]).toEqual(['Ask the approver', 'Ask the a…']);
  expect(inWords(PAYMENT, new Map())).toMatch(/^From left to right: Recording, Transcribe, Understand, Risk score, .*Receipt\.$/);
  expect(inWords(emptyFlow('a', 'A'), new Map())).toBe('An empty flow.');
});
