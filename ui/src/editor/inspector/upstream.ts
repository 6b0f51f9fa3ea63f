// Which names an expression or a template of a node can use, and what they carry.

import { end, nodeOf, portOf } from '../../document/flow';
import type { FrameBox } from '../../canvas/frame-box';
import type { OpenFlow } from '../open-flow.svelte';

export interface KnownName {
  name: string;
  type: string;
  /** Where its value comes from, in words. */
  from: string;
}

/** The properties that a value of a type has, as far as they are fixed. */
const PROPERTIES: Record<string, string[]> = {
  money: ['asset', 'minor'],
  intent: ['action', 'amount', 'payee', 'purpose'],
  receipt: ['amount', 'payee', 'digest'],
  file: ['name', 'media', 'bytes', 'digest'],
  audio: ['name', 'media', 'bytes', 'digest'],
};

export const propertiesOf = (type: string): readonly string[] => PROPERTIES[type] ?? [];

const OF_STEP: readonly KnownName[] = [{ name: 'now', type: 'text', from: 'the time of the step' }, { name: 'seed', type: 'text', from: 'the seed of the step' }];

/** What a frame decides by: what those in it are given, and what comes of them. */
function namesInFrame({ inputs, outputs }: FrameBox): KnownName[] {
  const inner = [...outputs, ...inputs].filter((socket) => socket.inner && !socket.missing);
  return inner.map(({ name, type, port, side }) => ({ name, type, from: port.help || (side === 'in' ? 'what came of it' : 'what it was given') }));
}

/** The inputs of a node by their names; a wired one is of the type that comes. */
export function namesFor(open: OpenFlow, node: string): KnownName[] {
  const frame = open.scene.frameById.get(node);
  if (frame) return [...namesInFrame(frame), ...OF_STEP];
  const card = open.scene.byId.get(node);
  const wires = open.scene.wiresOf.get(node) ?? [];
  const inputs = (card?.inputs ?? []).map(({ name, type }): KnownName => {
    const wire = wires.find(({ edge }) => edge.to === end(node, name));
    const source = wire && open.scene.plugs.get(nodeOf(wire.edge.from));
    return { name, type: wire?.type ?? type, from: source && wire ? `${source.shape.title} · ${portOf(wire.edge.from)}` : 'not wired' };
  });
  return [...inputs, ...OF_STEP];
}
