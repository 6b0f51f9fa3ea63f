// Reading a flow's text. The program checks documents; here only what the editor can't hold is refused, in words and with a hint.

import type { Json } from '../api/types';
import { numberText, readJson } from './exact';
import { type Config, type Defaults, type Edge, type Flow, type FlowNode, type Frame, FRAME_KINDS, type FrameKind, type Join, type Point, type Rect, type Retry, SCHEMA, USUAL } from './flow';

/** Why a text is no flow that can be opened. */
export class NotAFlow extends Error {
  constructor(message: string, readonly hint: string) {
    super(message);
    this.name = 'NotAFlow';
  }
}

type Loose = { readonly [key: string]: unknown };

const isObject = (value: unknown): value is Loose => typeof value === 'object' && value !== null && !Array.isArray(value);
const SHAPE = 'See flows/flow.schema.json for the shape of a flow.';

function refuse(message: string, hint = SHAPE): never {
  throw new NotAFlow(message, hint);
}

/** A property that must be of one sort; `what` says whose it is. */
function text(of: Loose, key: string, what: string, fallback?: string): string {
  const value = of[key] ?? fallback;
  return typeof value === 'string' ? value : refuse(`${what} has no ${key}, or one that is not text.`);
}

function list(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : refuse(`${what} is not a list.`);
}

function whole(value: unknown): number | undefined {
  const text = numberText(value);
  return text !== undefined && Number.isFinite(Number(text)) ? Math.round(Number(text)) : undefined;
}

function config(value: unknown, what: string): Config {
  if (value === undefined || value === null) return {};
  return isObject(value) ? (value as Record<string, Json>) : refuse(`The config of ${what} is not an object.`);
}

function join(value: unknown): Join | undefined {
  if (value === 'any') return 'any';
  const n = isObject(value) ? whole(value.n) : undefined;
  return n === undefined ? undefined : { n };
}

function retry(value: unknown): Retry | undefined {
  if (!isObject(value)) return undefined;
  const backoff = isObject(value.backoff) ? value.backoff : {};
  const [first_ms, most_ms] = [whole(backoff.first_ms), whole(backoff.most_ms)];
  return { attempts: whole(value.attempts) ?? 1, backoff: { ...(first_ms !== undefined && { first_ms }), ...(most_ms !== undefined && { most_ms }) } };
}

/** A node as a document or a clipboard has it. */
export function readNode(value: unknown): FlowNode {
  if (!isObject(value)) return refuse('One of the nodes is not an object.');
  const id = text(value, 'id', 'A node');
  if (id === '' || id.includes('.') || id.includes('>')) refuse(`A node has the id ${JSON.stringify(id)}.`, 'Ids are lower-case words joined by hyphens, such as ask-alice.');
  const [when, again, limit, deadline] = [join(value.join), retry(value.retry), whole(value.timeout_ms), whole(value.deadline_ms)];
  return {
    id,
    kind: text(value, 'kind', `The node ${JSON.stringify(id)}`),
    version: whole(value.version) ?? 1,
    name: text(value, 'name', `The node ${JSON.stringify(id)}`, ''),
    config: config(value.config, JSON.stringify(id)),
    ...(when !== undefined && { join: when }),
    ...(again && { retry: again }),
    ...(limit !== undefined && { timeout_ms: limit }),
    ...(deadline !== undefined && { deadline_ms: deadline }),
    ...(typeof value.undo === 'string' && { undo: value.undo }),
    ...(value.bypass === true && { bypass: true }),
  };
}

const isEnd = (value: unknown): value is string => typeof value === 'string' && /^[^.>]+\.[^.>]+$/.test(value);

export function readEdge(value: unknown): Edge {
  if (!isObject(value) || !isEnd(value.from) || !isEnd(value.to)) return refuse('One of the wires has no ends.', 'A wire goes "from" an output "to" an input, both written node.port.');
  return { from: value.from, to: value.to };
}

export function readFrame(value: unknown): Frame {
  if (!isObject(value)) return refuse('One of the frames is not an object.');
  const id = text(value, 'id', 'A frame');
  const named = text(value, 'kind', `The frame ${JSON.stringify(id)}`);
  const kind: FrameKind =
    FRAME_KINDS.find((known) => known === named) ?? refuse(`The frame ${JSON.stringify(id)} is of the kind ${JSON.stringify(named)}.`, `A frame is one of ${FRAME_KINDS.join(', ')}.`);
  const members = list(value.members, `The members of the frame ${JSON.stringify(id)}`).filter((member) => typeof member === 'string');
  return { id, kind, name: text(value, 'name', `The frame ${JSON.stringify(id)}`, ''), members, config: config(value.config, JSON.stringify(id)) };
}

export function readPoint(value: unknown): Point | undefined {
  if (!isObject(value)) return undefined;
  const [x, y] = [whole(value.x), whole(value.y)];
  return x === undefined || y === undefined ? undefined : { x, y };
}

export function readRect(value: unknown): Rect | undefined {
  const at = readPoint(value);
  if (!at || !isObject(value)) return undefined;
  const [width, height] = [whole(value.width), whole(value.height)];
  return width === undefined || height === undefined ? undefined : { ...at, width, height };
}

function byId<T extends { readonly id: string }>(items: readonly T[], what: string): Map<string, T> {
  const map = new Map<string, T>();
  for (const item of items) {
    if (map.has(item.id)) refuse(`Two ${what} have the id ${JSON.stringify(item.id)}.`, 'Open the file in a text editor and give one of them another id.');
    map.set(item.id, item);
  }
  return map;
}

function readEach<T>(value: unknown, read: (value: unknown) => T | undefined): Map<string, T> {
  const map = new Map<string, T>();
  for (const [id, item] of Object.entries(isObject(value) ? value : {})) {
    const found = read(item);
    if (found !== undefined) map.set(id, found);
  }
  return map;
}

function defaults(value: unknown): Defaults {
  if (!isObject(value)) return USUAL;
  const deadline_ms = whole(value.deadline_ms);
  return { parallel: whole(value.parallel) ?? USUAL.parallel, timeout_ms: whole(value.timeout_ms) ?? USUAL.timeout_ms, ...(deadline_ms !== undefined && { deadline_ms }) };
}

function parse(json: string): unknown {
  try {
    return readJson(json);
  } catch (error) {
    return refuse(`This is not JSON: ${error instanceof Error ? error.message : 'it can’t be read'}.`, 'Correct the JSON in a text editor.');
  }
}

/** The flow of a text. Throws `NotAFlow`. */
export function readFlow(json: string): Flow {
  const value = parse(json);
  if (!isObject(value)) return refuse('This is not a flow: it is no JSON object.', 'A flow begins with "schema": "assent.flow/1".');
  const schema = value.schema;
  const version = typeof schema === 'string' ? /^assent\.flow\/(\d+)$/.exec(schema)?.[1] : undefined;
  if (version !== undefined && Number(version) > 1) refuse(`This flow has document version ${version}; this program knows version 1.`, 'Open it with a newer Assent.');
  if (schema !== SCHEMA) refuse('This is not a flow: its schema is another, or missing.', 'A flow has "schema": "assent.flow/1".');
  const layout = isObject(value.layout) ? value.layout : {};
  const seen = new Set<string>();
  const edges = list(value.edges, 'The list of wires').map(readEdge).filter(({ from, to }) => {
    const id = `${from}>${to}`;
    return !seen.has(id) && seen.add(id);
  });
  return {
    id: text(value, 'id', 'The flow'),
    name: text(value, 'name', 'The flow'),
    description: text(value, 'description', 'The flow', ''),
    tags: list(value.tags, 'The list of tags').filter((tag) => typeof tag === 'string'),
    defaults: defaults(value.defaults),
    nodes: byId(list(value.nodes, 'The list of nodes').map(readNode), 'nodes'),
    edges,
    frames: byId(list(value.frames, 'The list of frames').map(readFrame), 'frames'),
    places: readEach(layout.nodes, readPoint),
    rects: readEach(layout.frames, readRect),
  };
}
