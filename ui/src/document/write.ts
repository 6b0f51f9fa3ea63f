// The text of a flow, in the order of the program's own writer: one property a line, nodes and frames by id, config keys sorted, the
// layout last with one line for each thing. The program writes it again; this keeps drafts and clipboards the same for the same flow.

import type { Json } from '../api/types';
import { writeJson } from './exact';
import { type Flow, type FlowNode, type Frame, SCHEMA, USUAL } from './flow';

type Properties = Record<string, unknown>;

/** Byte order, as the program sorts. All ids are ASCII. */
const byKey = (a: readonly [string, unknown], b: readonly [string, unknown]): number => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0);
const inOrder = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(byKey);

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).sort(byKey).map(([key, of]) => [key, sorted(of)]));
}

const hasKeys = (value: object): boolean => Object.keys(value).length > 0;

/** A node as the document has it. */
export function nodeJson(node: FlowNode): Properties {
  const { id, kind, version, name, config, join, retry, timeout_ms, deadline_ms, undo, bypass } = node;
  return {
    id, kind, version,
    ...(name !== '' && { name }),
    ...(hasKeys(config) && { config: sorted(config as Json) }),
    ...(join !== undefined && join !== 'all' && { join }),
    ...(retry && {
      retry: { attempts: retry.attempts, backoff: { first_ms: retry.backoff?.first_ms ?? 500, most_ms: retry.backoff?.most_ms ?? 30_000 } },
    }),
    ...(timeout_ms !== undefined && { timeout_ms }),
    ...(deadline_ms !== undefined && { deadline_ms }),
    ...(undo !== undefined && { undo }),
    ...(bypass && { bypass }),
  };
}

/** A frame as the document has it. */
export function frameJson(frame: Frame): Properties {
  const { id, kind, name, members, config } = frame;
  return { id, kind, ...(name !== '' && { name }), members, ...(hasKeys(config) && { config: sorted(config as Json) }) };
}

function logic(flow: Flow): Properties {
  const { id, name, description, defaults, edges } = flow;
  const usual = defaults.parallel === USUAL.parallel && defaults.timeout_ms === USUAL.timeout_ms && defaults.deadline_ms === undefined;
  return {
    schema: SCHEMA, id, name,
    ...(description !== '' && { description }),
    ...(flow.tags.length > 0 && { tags: flow.tags }),
    ...(!usual && { defaults }),
    nodes: inOrder(flow.nodes).map(([, node]) => nodeJson(node)),
    edges: edges.map(({ from, to }) => ({ from, to })),
    ...(flow.frames.size > 0 && { frames: inOrder(flow.frames).map(([, frame]) => frameJson(frame)) }),
  };
}

/** The text of a flow, with a newline at its end. */
export function writeFlow(flow: Flow): string {
  const text = writeJson(logic(flow), 2);
  const section = (name: string, lines: string[]): string[] =>
    lines.length === 0 ? [] : [`    ${JSON.stringify(name)}: {\n${lines.map((line) => `      ${line}`).join(',\n')}\n    }`];
  const nodes = inOrder(flow.places).map(([id, { x, y }]) => `${JSON.stringify(id)}: { "x": ${x}, "y": ${y} }`);
  const frames = inOrder(flow.rects).map(([id, { x, y, width, height }]) =>
    `${JSON.stringify(id)}: { "x": ${x}, "y": ${y}, "width": ${width}, "height": ${height} }`);
  const sections = [...section('nodes', nodes), ...section('frames', frames)];
  if (sections.length === 0) return `${text}\n`;
  return `${text.slice(0, -2)},\n  "layout": {\n${sections.join(',\n')}\n  }\n}\n`;
}
