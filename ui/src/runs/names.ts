// A run's steps in the words of the flow that it ran: names, kinds, and where the values on their inputs came from.

import type { Json, KindInfo } from '../api/types';
import { type Edge, type Flow, nodeOf, portOf } from '../document/flow';
import { innerEnds } from '../document/frames';
import type { RunFold } from './fold';
import type { Outputs } from './types';

export interface StepName {
  title: string;
  /** What it is inside of: "Pay all 4". Empty at the top. */
  within: string;
  /** The name of its kind's icon. */
  icon: string | undefined;
  kind: string | undefined;
}

export type KindOf = (name: string) => KindInfo | undefined;

const ITERATION = /^(.*)\[(\d+)\]$/;

/** The last part of a path: its node. */
export const nodeOfPath = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
const scopeOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

const inWords = (id: string): string => {
  const words = id.replaceAll(/[-_]+/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** A part of a path in words: `pay-all[3]` is "Pay all 4". */
function partName(flow: Flow | undefined, kindOf: KindOf, part: string): string {
  const [, id = part, number] = ITERATION.exec(part) ?? [];
  const frame = flow?.frames.get(id);
  const name = (frame?.name || flow?.nodes.get(id)?.name || (frame && kindOf(frame.kind)?.title)) ?? inWords(id);
  return number === undefined ? name : `${name} ${Number(number) + 1}`;
}

/** Only the top flow is known here, so steps of flows inside it go by their ids. */
export function stepName(flow: Flow | undefined, kindOf: KindOf, path: string): StepName {
  const id = nodeOfPath(path);
  const parts = path.split('/').slice(0, -1);
  // Behind anything but frames it is a step of another flow.
  const isOwn = parts.every((part) => flow?.frames.has(ITERATION.exec(part)?.[1] ?? part));
  const node = isOwn ? (flow?.nodes.get(id) ?? flow?.frames.get(id)) : undefined;
  const kind = node && kindOf(node.kind);
  const title = node?.name || kind?.title || inWords(id);
  return { title, within: parts.map((part) => partName(flow, kindOf, part)).join(', '), icon: kind?.icon, kind: node?.kind };
}

export interface Source {
  /** The input. */
  port: string;
  /** The step and the output that it came from. */
  path: string;
  output: string;
  /** What the frame around it gave, which is told as what came into the step. */
  isGiven: boolean;
}

/** The step of a node as seen from another: in the same iteration, or further out. */
function seenFrom(fold: RunFold, scope: string, node: string): string {
  for (let at = scope; at !== ''; at = scopeOf(at.slice(0, -1))) if (fold.tracks.has(at + node)) return at + node;
  return node;
}

/** Where the values on a step's inputs come from. */
export function sourcesOf(flow: Flow | undefined, fold: RunFold, path: string): Source[] {
  const [node, scope] = [nodeOfPath(path), scopeOf(path)];
  if (!flow?.nodes.has(node) && !flow?.frames.has(node)) return [];
  return flow.edges.flatMap((edge): Source[] => {
    if (nodeOf(edge.to) !== node) return [];
    const inner = innerEnds(flow, edge);
    if (inner.to) return [];
    return [{ port: portOf(edge.to), path: seenFrom(fold, scope, nodeOf(edge.from)), output: portOf(edge.from), isGiven: inner.from }];
  });
}

/** What an input node gave: the run's inputs, or what stands for those that were not given. It is in no moment of its own. */
function inputsGiven(flow: Flow, fold: RunFold, node: string): Outputs {
  const ports = flow.nodes.get(node)?.config.ports;
  const given: Outputs = {};
  for (const port of Array.isArray(ports) ? ports : []) {
    if (typeof port !== 'object' || port === null || Array.isArray(port) || typeof port.name !== 'string') continue;
    const value: Json | undefined = fold.inputs?.[port.name] ?? port.default;
    if (value !== undefined) given[port.name] = value;
  }
  return given;
}

/** What a step had given after a moment, as far as moments tell it. */
export function givenBy(flow: Flow | undefined, fold: RunFold, path: string, index: number): Outputs | undefined {
  const told = fold.givenAt(path, index);
  if (told || flow?.nodes.get(path)?.kind !== 'input' || fold.stateAt(path, index) !== 'done') return told;
  return inputsGiven(flow, fold, path);
}

/** The outputs of a step whose values no moment tells, though it is done: the machine itself did it. They can be asked for. */
export function untoldOutputs(flow: Flow | undefined, fold: RunFold, path: string, index: number): string[] {
  const node = nodeOfPath(path);
  if (fold.stateAt(path, index) !== 'done' || givenBy(flow, fold, path, index) !== undefined) return [];
  return [...new Set((flow?.edges ?? []).filter((edge) => nodeOf(edge.from) === node && !(flow && innerEnds(flow, edge).from)).map((edge) => portOf(edge.from)))];
}

/** What is looked at: a step, or what one of its outputs gave to another step. */
export interface Focus {
  path: string;
  /** Of a wire: the output. */
  port?: string;
  /** Of a wire: the input that it goes into. */
  into?: { node: string; port: string };
}

/** The focus of a wire on the canvas, from one step of the node that it begins at. */
export const wireFocus = (path: string, edge: Edge): Focus => ({ path, port: portOf(edge.from), into: { node: nodeOf(edge.to), port: portOf(edge.to) } });

/** The end of a run's id, which tells runs apart at a glance. */
export const shortRun = (id: string): string => id.slice(id.lastIndexOf('-') + 1).slice(-6).toLowerCase();
