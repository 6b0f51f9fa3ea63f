// One node as a flow of its own: an input for each value that it is given, an output for each port that it has. The program does the same
// for a node that is run alone; it is done here where a file goes along, since only a flow's own inputs take one.

import type { Json, Port } from '../api/types';
import { type Edge, type Flow, type FlowNode, emptyFlow, end } from './flow';

interface Ports {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

const config = ({ name, type }: Port): Json => ({ name, type: type === 'verdict' ? 'any' : type });
const free = (node: FlowNode, wanted: string): string => (node.id === wanted ? `${wanted}-2` : wanted);
const fixed = (id: string, kind: string, ports: readonly Port[]): [string, FlowNode][] =>
  (ports.length > 0 ? [[id, { id, kind, version: 1, name: '', config: { ports: ports.map(config) } }]] : []);

/** The flow of one node, with inputs for the ports that are given something. */
export function alone(whole: Flow, node: FlowNode, ports: Ports, given: ReadonlySet<string>): Flow {
  const [values, results] = [free(node, 'values'), free(node, 'results')];
  const entries = ports.inputs.filter((port) => given.has(port.name));
  const exits = ports.outputs.filter((port) => port.name !== 'error');
  const { bypass: _, undo: __, ...acting } = node;
  const edges: Edge[] = [
    ...entries.map(({ name }) => ({ from: end(values, name), to: end(node.id, name) })),
    ...exits.map(({ name }) => ({ from: end(node.id, name), to: end(results, name) })),
  ];
  return {
    ...emptyFlow(`alone-${whole.id}-${node.id}`.slice(0, 64).replace(/-+$/, ''), `${whole.name}: ${node.name || node.id}`),
    defaults: whole.defaults,
    nodes: new Map([...fixed(values, 'input', entries), [node.id, acting], ...fixed(results, 'output', exits)]),
    edges,
  };
}
