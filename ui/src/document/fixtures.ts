// Flows for tests.

import type { Port, Ports } from '../api/types';
import { type Edge, type Flow, emptyFlow } from './flow';

export const port = (name: string, type: string, more: Partial<Port> = {}): Port => ({ name, type, required: false, many: false, help: '', ...more });

/** A flow of nodes `a b c`, wired as `a.out>b.in`, 300 px apart. */
export function chain(ids: string, wires = ''): Flow {
  const names = ids.split(' ');
  const flow = emptyFlow('test', 'Test');
  const edges = wires.split(' ').filter(Boolean).map((wire): Edge => {
    const [from = '', to = ''] = wire.split('>');
    return { from: from.includes('.') ? from : `${from}.out`, to: to.includes('.') ? to : `${to}.in` };
  });
  return {
    ...flow,
    nodes: new Map(names.map((id) => [id, { id, kind: 'set', version: 1, name: '', config: {} }])),
    places: new Map(names.map((id, at) => [id, { x: at * 300, y: 0 }])),
    edges,
  };
}

export const somePorts = (): Ports => ({ inputs: [port('in', 'text', { required: true })], outputs: [port('out', 'text'), port('error', 'json')] });

/** A flow of many nodes in rows of 100, each wired to the next and to the one below. */
export function large(count: number): Flow {
  const ids = Array.from({ length: count }, (_, at) => `n${at}`);
  const edges = ids.flatMap((id, at): Edge[] => [
    ...(at % 100 !== 99 && at + 1 < count ? [{ from: `${id}.value`, to: `n${at + 1}.value` }] : []),
    ...(at + 100 < count && at % 3 === 0 ? [{ from: `${id}.value`, to: `n${at + 100}.value` }] : []),
  ]);
  return {
    ...emptyFlow('large', 'Large'),
    nodes: new Map(ids.map((id, at) => [id, { id, kind: ['delay', 'log', 'pay', 'template', 'http'][at % 5] ?? 'log', version: 1, name: `Step ${at}`, config: {} }])),
    places: new Map(ids.map((id, at) => [id, { x: (at % 100) * 280, y: Math.floor(at / 100) * 160 }])),
    edges,
  };
}
