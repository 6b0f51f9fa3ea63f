// What differs between two versions of a flow, as the program's `diff` tells it, made ready to be looked at.

import type { Json } from '../api/types';
import { type Edge, type Flow, edgeId } from '../document/flow';
import type { Kinds } from './kinds';
import { titleOf } from './picture';

export type Mark = 'added' | 'removed' | 'changed';

interface Change {
  readonly field: string;
  readonly before?: Json;
  readonly after?: Json;
}

interface WithId {
  readonly id: string;
}

/** `FlowDiff` of the crate `flow`: what is empty is left out. */
export interface FlowDiff {
  readonly flow?: readonly Change[];
  readonly nodes_added?: readonly WithId[];
  readonly nodes_removed?: readonly WithId[];
  readonly nodes_changed?: Readonly<Record<string, readonly Change[]>>;
  readonly edges_added?: readonly Edge[];
  readonly edges_removed?: readonly Edge[];
  readonly edges_reordered?: readonly string[];
  readonly frames_added?: readonly WithId[];
  readonly frames_removed?: readonly WithId[];
  readonly frames_changed?: Readonly<Record<string, readonly Change[]>>;
  readonly layout_changed?: boolean;
  readonly moved?: readonly string[];
}

/** What is marked in one of the two pictures: nodes by id, wires by their id. */
export interface Marks {
  readonly nodes: ReadonlyMap<string, Mark>;
  readonly wires: ReadonlyMap<string, Mark>;
}

export const NO_MARKS: Marks = { nodes: new Map(), wires: new Map() };

/** The marks of the version before and of the version after. */
export function marksOf(diff: FlowDiff): { before: Marks; after: Marks } {
  const changed = Object.keys(diff.nodes_changed ?? {}).map((id): [string, Mark] => [id, 'changed']);
  const nodes = (of: readonly WithId[] | undefined, mark: Mark): [string, Mark][] => (of ?? []).map(({ id }) => [id, mark]);
  const wires = (of: readonly Edge[] | undefined, mark: Mark): [string, Mark][] => (of ?? []).map((edge) => [edgeId(edge), mark]);
  return {
    before: { nodes: new Map([...nodes(diff.nodes_removed, 'removed'), ...changed]), wires: new Map(wires(diff.edges_removed, 'removed')) },
    after: { nodes: new Map([...nodes(diff.nodes_added, 'added'), ...changed]), wires: new Map(wires(diff.edges_added, 'added')) },
  };
}

export interface ChangedField {
  readonly field: string;
  readonly before?: string;
  readonly after?: string;
}

/** One thing that differs: a node, a wire, a frame, or the flow itself. */
export interface ChangedThing {
  readonly key: string;
  readonly mark: Mark;
  readonly what: string;
  readonly fields: readonly ChangedField[];
}

/** A JSON pointer in words: `/config/ports/0/help` is `ports › 1 › help`. */
export function fieldWords(pointer: string): string {
  const parts = pointer.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const own = parts[0] === 'config' && parts.length > 1 ? parts.slice(1) : parts;
  return own.map((part) => (/^\d+$/.test(part) ? String(Number(part) + 1) : part.replaceAll('_', ' '))).join(' › ') || 'everything';
}

const LONGEST = 600;

/** A value on one side: text as it is, all else as JSON; what is very long is cut. */
export function valueWords(value: Json): string {
  const text = typeof value === 'string' ? value || '(empty)' : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

const fieldsOf = (changes: readonly Change[]): ChangedField[] =>
  changes.map(({ field, before, after }) => ({
    field: fieldWords(field),
    ...(before !== undefined && { before: valueWords(before) }),
    ...(after !== undefined && { after: valueWords(after) }),
  }));

/** Everything that differs, in the order in which people ask: the flow, nodes, wires, frames. */
export function changedThings(diff: FlowDiff, before: Flow, after: Flow, kinds: Kinds): ChangedThing[] {
  const node = (id: string): string => {
    const found = after.nodes.get(id) ?? before.nodes.get(id);
    return found ? titleOf(found, kinds) : id;
  };
  const wire = ({ from, to }: Edge): string => {
    const [of, port] = from.split('.');
    const [into, intoPort] = to.split('.');
    return `${node(of ?? from)} · ${port ?? ''} → ${node(into ?? to)} · ${intoPort ?? ''}`;
  };
  const frame = (id: string): string => `Frame “${(after.frames.get(id) ?? before.frames.get(id))?.name || id}”`;
  const plain = (key: string, mark: Mark, what: string): ChangedThing => ({ key, mark, what, fields: [] });
  const things: ChangedThing[] = [];
  if (diff.flow?.length) things.push({ key: 'flow', mark: 'changed', what: 'The flow itself', fields: fieldsOf(diff.flow) });
  for (const { id } of diff.nodes_added ?? []) things.push(plain(`node ${id}`, 'added', node(id)));
  for (const { id } of diff.nodes_removed ?? []) things.push(plain(`node ${id}`, 'removed', node(id)));
  for (const [id, changes] of Object.entries(diff.nodes_changed ?? {})) {
    things.push({ key: `node ${id}`, mark: 'changed', what: node(id), fields: fieldsOf(changes) });
  }
  for (const edge of diff.edges_added ?? []) things.push(plain(`wire ${edgeId(edge)}`, 'added', `Wire ${wire(edge)}`));
  for (const edge of diff.edges_removed ?? []) things.push(plain(`wire ${edgeId(edge)}`, 'removed', `Wire ${wire(edge)}`));
  for (const to of diff.edges_reordered ?? []) things.push(plain(`order ${to}`, 'changed', `Order of the wires into ${to}`));
  for (const { id } of diff.frames_added ?? []) things.push(plain(`frame ${id}`, 'added', frame(id)));
  for (const { id } of diff.frames_removed ?? []) things.push(plain(`frame ${id}`, 'removed', frame(id)));
  for (const [id, changes] of Object.entries(diff.frames_changed ?? {})) {
    things.push({ key: `frame ${id}`, mark: 'changed', what: frame(id), fields: fieldsOf(changes) });
  }
  return things;
}
