// What is done to an open flow, by whatever way it was asked for: keys, menus, the palette.

import { ApiFailure } from '../api/failure';
import { call } from '../api/client';
import type { KindInfo } from '../api/types';
import type { Card, Socket } from '../canvas/card';
import { aroundIds } from '../canvas/hit';
import { centred, fitted, fittedAbove, revealed } from '../canvas/viewport';
import { type Edge as AlignEdge, aligned, distributed, snapped } from '../document/arrange';
import { clipOf, duplicate, paste, readClip, writeClip } from '../document/clipboard';
import { changeFrame, frameNodes, unframe } from '../document/edit-frames';
import { addNode, putAt, removeAndReconnect, removeNodes, renameNode, toggleBypass } from '../document/edit-nodes';
import { closesCircle, connect, disconnect, splice } from '../document/edit-wires';
import { fits, whyNot } from '../document/fits';
import { type Config, type Edge, type Point, end, nodeOf, portOf } from '../document/flow';
import { tidied } from '../document/layout';
import { asId } from '../document/names';
import { NotAFlow, readFlow } from '../document/read';
import { collapse, expand, subflowId } from '../document/subflow';
import { writeFlow } from '../document/write';
import { tell, tellFailure, tellUndo } from '../parts/toast';
import { count } from '../words/count';
import { nodeFields } from './kinds.svelte';
import type { OpenFlow } from './open-flow.svelte';
import { starterConfig } from './inspector/schema';

const size = (open: OpenFlow) => (id: string): { width: number; height: number } => open.scene.byId.get(id) ?? { width: 220, height: 60 };
const nodesChosen = (open: OpenFlow): string[] => [...open.chosen].filter((id) => open.flow.nodes.has(id));
const nodes = (number: number): string => count(number, 'node');

/** What a socket can be joined to, or why not. */
export function refusal(open: OpenFlow, output: { card: Card; socket: Socket }, input: { card: Card; socket: Socket }): string | undefined {
  if (output.card.id === input.card.id) return 'A node can’t wait for its own result.';
  const reason = whyNot(output.socket, input.socket);
  if (reason !== undefined) return reason;
  if (closesCircle(open.flow, output.card.id, input.card.id)) return 'These nodes would wait for each other in a circle.';
  return undefined;
}

const ends = (from: { card: Card; socket: Socket }, to: { card: Card; socket: Socket }): Edge => ({ from: end(from.card.id, from.socket.name), to: end(to.card.id, to.socket.name) });

export function wire(open: OpenFlow, from: { card: Card; socket: Socket }, to: { card: Card; socket: Socket }, instead?: string): void {
  const base = instead === undefined ? open.flow : disconnect(open.flow, new Set([instead]));
  open.edit('Connect', connect(base, ends(from, to), to.socket.port.many));
}

/** The first socket of a kind that a loose end fits. */
export function fittingPort(kind: KindInfo, loose: { side: 'in' | 'out'; type: string }): string | undefined {
  const ports = loose.side === 'out' ? kind.ports.inputs : kind.ports.outputs.filter((port) => port.name !== 'error');
  const exact = ports.find((port) => port.type === loose.type);
  return (exact ?? ports.find((port) => (loose.side === 'out' ? fits(loose.type, port.type) : fits(port.type, loose.type))))?.name;
}

export interface Addition {
  kind: KindInfo;
  at: Point;
  config?: Config;
  name?: string;
  /** A wire that was drawn into the open. */
  loose?: { card: Card; socket: Socket } | undefined;
  /** A wire to put it into. */
  into?: Edge | undefined;
}

/** Adds a node, wired to what was asked for, and chooses it. */
export function add(open: OpenFlow, { kind, at, config, name, loose, into }: Addition): string {
  const added = addNode(open.flow, { kind: kind.name, version: kind.version, at: snapped(at), config: config ?? starterConfig(kind), ...(name !== undefined && { name }) });
  let flow = added.flow;
  if (loose) {
    const port = fittingPort(kind, { side: loose.socket.side, type: loose.socket.type });
    const theirs = end(loose.card.id, loose.socket.name);
    if (port !== undefined) flow = connect(flow, loose.socket.side === 'out' ? { from: theirs, to: end(added.id, port) } : { from: end(added.id, port), to: theirs }, loose.socket.side === 'in' && loose.socket.port.many);
  }
  if (into) flow = spliced(open, flow, added.id, kind, into) ?? flow;
  open.edit(`Add ${kind.title.toLowerCase()}`, flow, { choose: [added.id] });
  return added.id;
}

/** The flow with a node put into a wire, if one of its inputs and one of its outputs fit. */
function spliced(open: OpenFlow, flow: OpenFlow['flow'], id: string, kind: Pick<KindInfo, 'ports'>, into: Edge): OpenFlow['flow'] | undefined {
  const typeOf = (at: string, side: 'inputs' | 'outputs'): string => {
    const card = open.scene.byId.get(nodeOf(at));
    return card?.[side].find((socket) => socket.name === portOf(at))?.type ?? 'any';
  };
  const input = kind.ports.inputs.find((port) => fits(typeOf(into.from, 'outputs'), port.type));
  const output = kind.ports.outputs.find((port) => port.name !== 'error' && fits(port.type, typeOf(into.to, 'inputs')));
  return input && output && splice(flow, into, end(id, input.name), end(id, output.name));
}

/** Puts a card that was dropped on a wire into it; says whether it fitted. */
export function spliceCard(open: OpenFlow, flow: OpenFlow['flow'], id: string, into: Edge): OpenFlow['flow'] | undefined {
  const card = open.scene.byId.get(id);
  return card && spliced(open, flow, id, card.shape, into);
}

/** Whether a card has no wires and could stand in one. */
export const isLoose = (open: OpenFlow, id: string): boolean => (open.scene.wiresOf.get(id)?.length ?? 0) === 0;

export function remove(open: OpenFlow, reconnect = false): void {
  const { chosen, chosenWires } = open;
  if (chosen.size + chosenWires.size === 0) return;
  const cut = disconnect(open.flow, chosenWires);
  if (!reconnect) {
    const words = chosen.size > 0 ? nodes(chosen.size) : count(chosenWires.size, 'wire');
    open.edit(`Delete ${words}`, removeNodes(cut, chosen));
    return;
  }
  const typeOf = (at: string, side: 'inputs' | 'outputs'): string => open.scene.byId.get(nodeOf(at))?.[side].find((socket) => socket.name === portOf(at))?.type ?? 'any';
  open.edit('Delete and reconnect', removeAndReconnect(cut, chosen, (from, to) => fits(typeOf(from, 'outputs'), typeOf(to, 'inputs'))));
}

export const bypass = (open: OpenFlow): void => {
  const ids = nodesChosen(open);
  const on = !ids.every((id) => open.flow.nodes.get(id)?.bypass);
  open.edit(on ? 'Bypass' : 'Take part again', toggleBypass(open.flow, ids));
};

export function rename(open: OpenFlow, id: string, name: string): void {
  if (open.flow.frames.has(id)) open.edit('Rename', changeFrame(open.flow, id, { name: name.trim() }));
  else open.edit('Rename', renameNode(open.flow, id, name));
}

export function frame(open: OpenFlow): string | undefined {
  const ids = nodesChosen(open);
  if (ids.length === 0) return undefined;
  const framed = frameNodes(open.flow, ids, size(open));
  open.edit(`Frame ${nodes(ids.length)}`, framed.flow, { choose: [framed.id] });
  return framed.id;
}

export function dissolve(open: OpenFlow): void {
  const frames = [...open.chosen].filter((id) => open.flow.frames.has(id));
  open.edit('Take the frame away', unframe(open.flow, frames), { choose: frames.flatMap((id) => open.flow.frames.get(id)?.members ?? []) });
}

export function align(open: OpenFlow, by: AlignEdge): void {
  const cards = nodesChosen(open).flatMap((id) => open.scene.byId.get(id) ?? []);
  if (cards.length > 1) open.edit(`Align ${nodes(cards.length)}`, putAt(open.flow, aligned(cards, by)));
}

export function distribute(open: OpenFlow, along: 'x' | 'y'): void {
  const cards = nodesChosen(open).flatMap((id) => open.scene.byId.get(id) ?? []);
  if (cards.length > 2) open.edit(`Distribute ${nodes(cards.length)}`, putAt(open.flow, distributed(cards, along)));
}

/** Lays out what is chosen, or everything. */
export async function tidy(open: OpenFlow): Promise<void> {
  const chosen = nodesChosen(open);
  const all = chosen.length > 1 ? chosen : [...open.flow.nodes.keys()].filter((id) => !open.scene.byId.get(id)?.shape.isNote);
  if (all.length === 0) return;
  const before = open.flow;
  try {
    const at = await tidied(before, new Set(all), size(open), (id) => {
      const card = open.scene.byId.get(id);
      return card ? [...card.inputs, ...card.outputs, ...(card.error ? [card.error] : [])] : [];
    });
    if (open.flow !== before) return;
    open.edit('Tidy', putAt(before, at));
    if (chosen.length < 2) fit(open);
  } catch (thrown) {
    tellFailure(thrown, 'The flow was not tidied');
  }
}

export async function copy(open: OpenFlow): Promise<boolean> {
  const clip = clipOf(open.flow, open.chosen);
  if (clip.nodes.length === 0) return false;
  await navigator.clipboard.writeText(writeClip(clip));
  return true;
}

export async function cut(open: OpenFlow): Promise<void> {
  if (await copy(open)) remove(open);
}

/** Puts a text from the clipboard in; one that holds no nodes is told why. */
export function pasteText(open: OpenFlow, text: string, at: Point): void {
  try {
    const pasted = paste(open.flow, readClip(text), snapped(at), nodeFields);
    open.edit(`Paste ${nodes(pasted.ids.length)}`, pasted.flow, { choose: pasted.ids });
  } catch (thrown) {
    if (!(thrown instanceof NotAFlow)) throw thrown;
    tellFailure(new ApiFailure({ code: 'BAD_REQUEST', message: thrown.message, hint: thrown.hint }), 'Nothing was pasted');
  }
}

export function duplicateChosen(open: OpenFlow): void {
  const copied = duplicate(open.flow, open.chosen, nodeFields);
  if (copied.ids.length > 0) open.edit(`Duplicate ${nodes(copied.ids.length)}`, copied.flow, { choose: copied.ids });
}

export function fit(open: OpenFlow): void {
  if (open.scene.cards.length === 0) open.viewport = { x: open.size.width / 2 - 200, y: open.size.height / 2 - 60, zoom: 1 };
  else open.viewport = fittedAbove(open.scene.bounds, open.size);
}

export function fitChosen(open: OpenFlow): void {
  const rect = aroundIds(open.scene, open.chosen);
  if (rect) open.viewport = fitted(rect, open.size, 80, 1.25);
}

export function resetZoom(open: OpenFlow): void {
  const { x, y, zoom } = open.viewport;
  open.viewport = centred({ x: (open.size.width / 2 - x) / zoom, y: (open.size.height / 2 - y) / zoom }, open.size, 1);
}

/** Brings things into view, as little as needed; near enough to be read where they are far out. */
export function reveal(open: OpenFlow, ids: Iterable<string>, near = false): void {
  const rect = aroundIds(open.scene, ids);
  if (!rect) return;
  if (near && open.viewport.zoom < 0.5) open.viewport = fitted(rect, open.size, 160, 1);
  else open.viewport = revealed(open.viewport, rect, open.size);
}

/** Makes a flow of what is chosen and calls it in its place. Undo brings the nodes back; the new flow stays. */
export async function collapseChosen(open: OpenFlow): Promise<void> {
  const chosen = new Set(nodesChosen(open));
  if (chosen.size === 0) return;
  try {
    const { flows } = await call('flow.list', {});
    const name = `${open.flow.name}, part`;
    const id = subflowId(open.flow, asId(name), new Set(flows.map((flow) => flow.id)));
    const made = collapse(open.flow, chosen, id, name, (node) => open.scene.byId.get(node)?.shape.ports ?? { inputs: [], outputs: [] });
    const { info } = await call('flow.new', { name, folder: open.info.folder, text: writeFlow(made.inner) });
    const again = info.id === id ? made : collapse(open.flow, chosen, info.id, name, (node) => open.scene.byId.get(node)?.shape.ports ?? { inputs: [], outputs: [] });
    open.edit('Collapse to a sub-flow', again.outer, { choose: [again.node] });
    tell(`“${name}” is a flow of its own now`);
  } catch (thrown) {
    tellFailure(thrown, 'The nodes were not collapsed');
  }
}

/** Puts a sub-flow's nodes in the place of the node that calls it. */
export async function expandSubflow(open: OpenFlow, node: string): Promise<void> {
  const called = open.flow.nodes.get(node)?.config.flow;
  if (typeof called !== 'string') return;
  try {
    const { text, draft } = await call('flow.get', { id: called });
    const { flow, ids, lost } = expand(open.flow, node, readFlow(draft?.text ?? text), nodeFields);
    open.edit('Expand the sub-flow', flow, { choose: ids });
    if (lost.length > 0) tellUndo(lost.join(' '), () => open.undo());
  } catch (thrown) {
    tellFailure(thrown, 'The sub-flow was not expanded');
  }
}
