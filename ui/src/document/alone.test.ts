import { expect, test } from 'vitest';
import type { Port } from '../api/types';
import { alone } from './alone';
import { emptyFlow } from './flow';

const port = (name: string, type: string): Port => ({ name, type, help: '', required: true, many: false });

test('a node alone is a flow with its ports as inputs and outputs', () => {
  const node = { id: 'values', kind: 'transcribe', version: 1, name: 'Hear', config: {}, bypass: true };
  const ports = { inputs: [port('audio', 'audio'), port('hint', 'text')], outputs: [port('text', 'text'), port('yes', 'verdict'), port('error', 'json')] };
  const flow = alone(emptyFlow('pay', 'Pay'), node, ports, new Set(['audio']));
  expect([flow.id, flow.name]).toEqual(['alone-pay-values', 'Pay: Hear']);
  expect([...flow.nodes.keys()]).toEqual(['values-2', 'values', 'results']);
  expect(flow.nodes.get('values')).not.toHaveProperty('bypass');
  expect(flow.nodes.get('values-2')?.config).toEqual({ ports: [{ name: 'audio', type: 'audio' }] });
  expect(flow.nodes.get('results')?.config).toEqual({ ports: [{ name: 'text', type: 'text' }, { name: 'yes', type: 'any' }] });
  expect(flow.edges.map(({ from, to }) => `${from} ${to}`)).toEqual(['values-2.audio values.audio', 'values.text results.text', 'values.yes results.yes']);
});
