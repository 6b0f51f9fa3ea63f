// What is done to an open flow, by whatever way it was asked for: keys, menus, the palette.

import { ApiFailure } from '../api/failure';
import { call } from '../api/client';
import type { KindInfo, Ports } from '../api/types';
import type { Plug, Socket } from '../canvas/card';
import { emptySize, marginsOf } from '../canvas/frame-box';
import { aroundIds } from '../canvas/hit';
import { centred, fitted, fittedAbove, revealed } from '../canvas/viewport';
import { type Edge as AlignEdge, aligned, distributed, snapped } from '../document/arrange';
import { clipOf, duplicate, paste, readClip, writeClip } from '../document/clipboard';
import { type Margins, addFrame, changeFrame, changeKind, frameNodes, grown, makeRoom, resizeFrame, settleInFrames, unframe } from '../document/edit-frames';
import { addNode, moveBy, putAt, removeAndReconnect, removeNodes, renameNode, toggleBypass } from '../document/edit-nodes';
import { closesCircle, connect, disconnect, splice } from '../document/edit-wires';
import { fits, whyNot } from '../document/fits';
import { type Config, type Edge, type Flow, type Frame, type FrameKind, type Point, end, nodeOf, portOf } from '../document/flow';
import { isRunning, nesting, whyNotAcross, withContents } from '../document/frames';
import { tidiedLevels } from '../document/layout';
import { asId } from '../document/names';
import { NotAFlow, readFlow } from '../document/read';
import { collapse, expand, subflowId } from '../document/subflow';
import { writeFlow } from '../document/write';
import { tell, tellFailure, tellUndo } from '../parts/toast';
import { count } from '../words/count';
import { kinds, nodeFields } from './kinds.svelte';
import type { OpenFlow } from './open-flow.svelte';
import { starterConfig } from './inspector/schema';

/** A socket of a card, or of a frame. */
export interface Joint {
  card: Plug;
  socket: Socket;
}

export const size = (open: OpenFlow) => (id: string): { width: number; height: number } => open.scene.byId.get(id) ?? { width: 220, height: 60 };
const margins = (open: OpenFlow) => (frame: Frame): Margins => marginsOf(frame, open.frameShape(frame));

/** The flow with a rectangle for each frame, as the canvas shows it. */
export function placed({ flow, scene }: OpenFlow): Flow {
  const lost = scene.frames.filter(({ id }) => flow.frames.has(id) && !flow.rects.has(id));
  if (lost.length === 0) return flow;
  return { ...flow, rects: new Map([...flow.rects, ...lost.map(({ id, x, y, width, height }) => [id, { x, y, width, height }] as const)]) };
}

/** The kinds of frames there are, groups among them. */
export const frameKinds = (): readonly KindInfo[] => kinds.list.filter((kind) => kind.inner);
const nodesChosen = (open: OpenFlow): string[] => [...open.chosen].filter((id) => open.flow.nodes.has(id));
const nodes = (number: number): string => count(number, 'node');

/** What a socket can be joined to, or why not. */
export function refusal(open: OpenFlow, output: Joint, input: Joint): string | undefined {
  const [from, to] = [output, input].map(({ card, socket }) => ({ id: card.id, inner: socket.inner })) as [{ id: string; inner: boolean }, { id: string; inner: boolean }];
  if (from.id === to.id && !open.flow.frames.has(from.id)) return 'A node can’t wait for its own result.';
  const reason = whyNotAcross(open.flow, from, to) ?? whyNot(output.socket, input.socket);
  if (reason !== undefined) return reason;
  if (closesCircle(open.flow, from, to)) return 'These nodes would wait for each other in a circle.';
  return undefined;
}

const ends = (from: Joint, to: Joint): Edge => ({ from: end(from.card.id, from.socket.name), to: end(to.card.id, to.socket.name) });

export function wire(open: OpenFlow, from: Joint, to: Joint, instead?: string): void {
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
  loose?: Joint | undefined;
  /** A wire to put it into. */
  into?: Edge | undefined;
}

/** Adds a node, wired to what was asked for, and chooses it. A frame comes to stand there empty, around what it covers. */
export function add(open: OpenFlow, addition: Addition): string {
  const { kind, at, config, name, loose, into } = addition;
  const before = placed(open);
  const added = kind.inner
    ? addFrame(before, kind.name as FrameKind, config ?? starterConfig(kind), emptyRect(open, kind, at))
    : addNode(before, { kind: kind.name, version: kind.version, at: snapped(at), config: config ?? starterConfig(kind), ...(name !== undefined && { name }) });
  const covered = kind.inner ? coveredBy(open, added.flow, added.id) : [];
  let flow = settleInFrames(added.flow, [added.id, ...covered], size(open));
  if (loose) flow = wiredTo(flow, added.id, kind, loose);
  if (into && !kind.inner) flow = spliced(open, flow, added.id, kind, into) ?? flow;
  const home = nesting(flow).homeOf(added.id);
  open.edit(`Add ${kind.title.toLowerCase()}`, home === undefined ? flow : grown(flow, home, size(open), margins(open)), { choose: [added.id] });
  return added.id;
}

/** A new node wired to a loose end, unless the wire would leave a frame. */
function wiredTo(flow: Flow, id: string, kind: KindInfo, { card, socket }: Joint): Flow {
  const port = fittingPort(kind, { side: socket.side, type: socket.type });
  if (port === undefined) return flow;
  const [mine, theirs] = [{ id, inner: false }, { id: card.id, inner: socket.inner }];
  const [from, to] = socket.side === 'out' ? [theirs, mine] : [mine, theirs];
  const reason = whyNotAcross(flow, from, to);
  if (reason !== undefined) {
    tell(reason);
    return flow;
  }
  const far = end(card.id, socket.name);
  return connect(flow, socket.side === 'out' ? { from: far, to: end(id, port) } : { from: end(id, port), to: far }, socket.side === 'in' && socket.port.many);
}

function emptyRect(open: OpenFlow, kind: KindInfo, at: Point): { x: number; y: number; width: number; height: number } {
  const frame: Frame = { id: '', kind: kind.name as FrameKind, name: '', members: [], config: {} };
  return { ...snapped(at), ...emptySize(frame, open.frameShape(frame)) };
}

/** What has its middle in a frame. */
function coveredBy(open: OpenFlow, flow: Flow, id: string): string[] {
  const rect = flow.rects.get(id);
  if (!rect) return [];
  const boxes = [...open.scene.cards, ...open.scene.frames.filter((frame) => frame.runs)];
  return boxes.filter((box) => box.x + box.width / 2 > rect.x && box.x + box.width / 2 < rect.x + rect.width && box.y + box.height / 2 > rect.y && box.y + box.height / 2 < rect.y + rect.height)
    .map((box) => box.id);
}

/** The flow with a node put into a wire, if one of its inputs and one of its outputs fit. */
function spliced(open: OpenFlow, flow: OpenFlow['flow'], id: string, kind: Pick<KindInfo, 'ports'>, into: Edge): OpenFlow['flow'] | undefined {
  const typeOf = (at: string, side: 'inputs' | 'outputs'): string => {
    return open.scene.plugs.get(nodeOf(at))?.[side].find((socket) => socket.name === portOf(at))?.type ?? 'any';
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
  const frames = [...chosen].filter((id) => open.flow.frames.has(id));
  if (!reconnect) {
    const runs = frames.filter((id) => isRunning(open.flow.frames.get(id)));
    const words = runs.length > 0 ? 'a frame with what is in it' : chosen.size > 0 ? nodes(chosen.size) : count(chosenWires.size, 'wire');
    // A group only shows; what a frame runs goes with it.
    const gone = new Set([...nodesChosen(open), ...withContents(open.flow, runs)]);
    open.edit(`Delete ${words}`, removeNodes(unframe(cut, frames.filter((id) => !gone.has(id))), gone));
    return;
  }
  const typeOf = (at: string, side: 'inputs' | 'outputs'): string => open.scene.plugs.get(nodeOf(at))?.[side].find((socket) => socket.name === portOf(at))?.type ?? 'any';
  open.edit('Delete and reconnect', removeAndReconnect(unframe(cut, frames), new Set(nodesChosen(open)), (from, to) => fits(typeOf(from, 'outputs'), typeOf(to, 'inputs'))));
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

/** Puts a frame around what is chosen: a group, or one of a kind that runs it. */
export function frame(open: OpenFlow, kind?: KindInfo): string | undefined {
  const ids = [...open.chosen].filter((id) => open.flow.nodes.has(id) || (kind && kind.name !== 'group' ? open.flow.frames.has(id) : isRunning(open.flow.frames.get(id))));
  if (ids.length === 0) return undefined;
  if (!kind || kind.name === 'group') {
    const group = frameNodes(placed(open), ids, size(open));
    open.edit(`Frame ${nodes(ids.length)}`, group.flow, { choose: [group.id] });
    return group.id;
  }
  const plain: Frame = { id: '', kind: kind.name as FrameKind, name: '', members: [], config: {} };
  const framed = frameNodes(placed(open), ids, size(open), { kind: plain.kind, config: starterConfig(kind), margins: margins(open)(plain) });
  open.edit(`Frame ${nodes(ids.length)} as ${kind.title.toLowerCase()}`, makeRoom(framed.flow, framed.id, size(open), margins(open)), { choose: [framed.id] });
  reveal(open, [framed.id]);
  return framed.id;
}

/** Makes a frame one of another kind. */
export function reframe(open: OpenFlow, id: string, kind: KindInfo): void {
  const names = (side: 'inputs' | 'outputs'): string[] => [...kind.ports[side], ...(kind.inner?.[side] ?? [])].map(({ name }) => name);
  const next = changeKind(placed(open), id, kind.name as FrameKind, starterConfig(kind), { inputs: names('inputs'), outputs: names('outputs') });
  open.edit('Change the frame', kind.name === 'group' ? next : makeRoom(grown(next, id, size(open), margins(open)), id, size(open), margins(open)));
}

export function dissolve(open: OpenFlow): void {
  const frames = [...open.chosen].filter((id) => open.flow.frames.has(id));
  open.edit('Take the frame away', unframe(open.flow, frames), { choose: frames.flatMap((id) => open.flow.frames.get(id)?.members ?? []) });
}

/** Puts something into a frame, below what stands there already, or out of all frames to their right. */
export function moveInto(open: OpenFlow, id: string, home: string | undefined): void {
  const flow = placed(open);
  const nest = nesting(flow);
  const from = open.scene.plugs.get(id);
  const box = open.scene.frameById.get(home ?? nest.around(id).at(-1) ?? '');
  if (!from || !box || nest.homeOf(id) === home) return;
  const { left, top } = margins(open)(box.frame);
  const inside = [...nest.contents(box.id)].flatMap((one) => open.scene.plugs.get(one) ?? []);
  const below = Math.max(box.y + top, ...inside.map((one) => one.y + one.height + 20));
  const to = home === undefined ? { x: box.x + box.width + 40, y: from.y } : { x: box.x + left, y: below };
  const ids = withContents(flow, [id]);
  const moved = moveBy(flow, ids, to.x - from.x, to.y - from.y);
  const least = { x: Math.min(box.x, to.x), y: Math.min(box.y, to.y), right: Math.max(box.x + box.width, to.x + from.width + 28), bottom: Math.max(box.y + box.height, to.y + from.height + 28) };
  const room = home === undefined ? moved : resizeFrame(moved, box.id, { x: least.x, y: least.y, width: least.right - least.x, height: least.bottom - least.y });
  const settled = settleInFrames(room, ids, size(open));
  open.edit(home === undefined ? 'Move out of the frame' : 'Move into the frame', home === undefined ? settled : makeRoom(settled, box.id, size(open), margins(open)));
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
    const next = await tidiedLevels(placed(open), new Set(all), {
      sizeOf: size(open), marginsOf: margins(open),
      portsOf: (id) => {
        const plug = open.scene.plugs.get(id);
        return plug ? [...plug.inputs, ...plug.outputs, ...(plug.error ? [plug.error] : [])].filter((socket) => !socket.inner) : [];
      },
    });
    if (open.flow !== before) return;
    open.edit('Tidy', next);
    if (chosen.length < 2) fit(open);
  } catch (thrown) {
    tellFailure(thrown, 'The flow was not tidied');
  }
}

export async function copy(open: OpenFlow): Promise<boolean> {
  const clip = clipOf(open.flow, open.chosen);
  if (clip.nodes.length + clip.frames.length === 0) return false;
  await navigator.clipboard.writeText(writeClip(clip));
  return true;
}

export async function cut(open: OpenFlow): Promise<void> {
  if (!(await copy(open))) return;
  open.choose(withContents(open.flow, open.chosen));
  remove(open);
}

/** Puts a text from the clipboard in; one that holds no nodes is told why. */
export function pasteText(open: OpenFlow, text: string, at: Point): void {
  try {
    const pasted = paste(open.flow, readClip(text), snapped(at), nodeFields);
    open.edit(`Paste ${nodes(pasted.ids.length)}`, settleInFrames(pasted.flow, pasted.ids, size(open)), { choose: pasted.ids });
  } catch (thrown) {
    if (!(thrown instanceof NotAFlow)) throw thrown;
    tellFailure(new ApiFailure({ code: 'BAD_REQUEST', message: thrown.message, hint: thrown.hint }), 'Nothing was pasted');
  }
}

export function duplicateChosen(open: OpenFlow): void {
  const copied = duplicate(open.flow, open.chosen, nodeFields);
  if (copied.ids.length > 0) open.edit(`Duplicate ${nodes(copied.ids.length)}`, settleInFrames(copied.flow, copied.ids, size(open)), { choose: copied.ids });
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
  const chosen = new Set([...open.chosen].filter((id) => open.flow.nodes.has(id) || open.flow.frames.has(id)));
  if (chosen.size === 0) return;
  const portsOf = (id: string): Ports => open.scene.plugs.get(id)?.shape.ports ?? { inputs: [], outputs: [] };
  try {
    const { flows } = await call('flow.list', {});
    const name = `${open.flow.name}, part`;
    const id = subflowId(open.flow, asId(name), new Set(flows.map((flow) => flow.id)));
    const made = collapse(open.flow, chosen, id, name, portsOf);
    const { info } = await call('flow.new', { name, folder: open.info.folder, text: writeFlow(made.inner) });
    const again = info.id === id ? made : collapse(open.flow, chosen, info.id, name, portsOf);
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
