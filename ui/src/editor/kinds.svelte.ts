// The node kinds there are, as state, and what a node shows: from its kind, and from the checks where they know more.

import { call } from '../api/client';
import { ApiFailure } from '../api/failure';
import type { Inspection, Json, KindInfo, NodeInspection, Port, Ports } from '../api/types';
import type { Shape } from '../canvas/card';
import { type FrameShape, plainShape } from '../canvas/frame-box';
import type { FlowNode, Frame } from '../document/flow';
import { isRunning } from '../document/frames';

/** A group is a frame, too; the program has no kind for it, since it does nothing. */
const GROUP: KindInfo = {
  name: 'group', version: 1, title: 'Group', summary: 'Shows that what is in it belongs together. It runs as it would without it.', group: 'Frames', icon: 'square-dashed',
  effect: 'pure', config: { type: 'object', properties: {} }, ports: { inputs: [], outputs: [] }, inner: { inputs: [], outputs: [] },
};

class Kinds {
  #list = $state.raw<readonly KindInfo[] | undefined>();
  #failure = $state.raw<ApiFailure | undefined>();
  #loading: Promise<void> | undefined;
  readonly #byName = $derived(new Map(this.#list?.map((kind) => [kind.name, kind])));

  get list(): readonly KindInfo[] {
    return this.#list ?? [];
  }
  get loaded(): boolean {
    return this.#list !== undefined;
  }
  get failure(): ApiFailure | undefined {
    return this.#failure;
  }
  of(name: string): KindInfo | undefined {
    return this.#byName.get(name);
  }

  load(): Promise<void> {
    this.#loading ??= call('kinds', {}).then(
      ({ kinds }) => {
        this.#list = kinds.some((kind) => kind.inner) ? [...kinds, GROUP] : kinds;
        this.#failure = undefined;
      },
      (thrown: unknown) => {
        this.#failure = ApiFailure.of(thrown);
        this.#loading = undefined;
      },
    );
    return this.#loading;
  }
}

export const kinds = new Kinds();

/** The config properties of a kind that hold a node's id. */
export function nodeFields(kind: string): string[] {
  const properties = kinds.of(kind)?.config.properties;
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return [];
  return Object.entries(properties).flatMap(([name, schema]) =>
    (typeof schema === 'object' && schema !== null && !Array.isArray(schema) && schema.format === 'node' ? [name] : []));
}

const NO_PORTS: Ports = { inputs: [], outputs: [] };

function declared(list: Json | undefined): Port[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item) || typeof item.name !== 'string') return [];
    const { name, type, help } = item;
    const required = item.required !== false && item.default === undefined;
    return [{ name, type: typeof type === 'string' ? type : 'any', required, many: false, help: typeof help === 'string' ? help : '' }];
  });
}

const merged = (ports: readonly Port[], more: readonly Port[]): Port[] => [...ports, ...more.filter(({ name }) => !ports.some((port) => port.name === name))];

/** Ports until the checks have said them: the kind's own and what the config declares. */
export function likelyPorts(node: FlowNode, kind: KindInfo | undefined): Ports {
  const { config } = node;
  const ports = declared(config.ports);
  const fields = config.fields && typeof config.fields === 'object' && !Array.isArray(config.fields) ? Object.keys(config.fields) : [];
  const { inputs, outputs } = kind?.ports ?? NO_PORTS;
  return {
    inputs: merged(merged(inputs, declared(config.inputs)), node.kind === 'output' ? ports : []),
    outputs: merged(merged(outputs, declared(config.outputs)), [
      ...(node.kind === 'input' ? ports : []),
      ...fields.map((name) => ({ name, type: 'any', required: false, many: false, help: '' })),
    ]),
  };
}

interface Known {
  name: string;
  config: FlowNode['config'];
  kind: KindInfo | undefined;
  inspected: NodeInspection | undefined;
  shape: Shape;
}

/** Shapes of the nodes of one flow. The same node has the same shape as long as nothing that it shows changed. */
export class Shapes {
  #known = new Map<string, Known>();

  of(node: FlowNode, inspection: Inspection | undefined): Shape {
    const kind = kinds.of(node.kind);
    const inspected = inspection?.nodes[node.id];
    const before = this.#known.get(node.id);
    // What the checks said holds until they say something else; their answer to the same text is the same.
    if (before && before.name === node.name && before.kind === kind && sameSaid(before.inspected, inspected) && (inspected || before.config === node.config)) return before.shape;
    const ports = inspected?.ports ?? likelyPorts(node, kind);
    const shape: Shape = {
      title: node.name || (kind?.title ?? node.kind),
      says: inspected?.says || (kind?.summary ?? (kinds.loaded ? `There is no node kind “${node.kind}”` : '')),
      icon: kind?.icon ?? 'circle-help',
      effect: inspected?.effect ?? kind?.effect ?? 'pure',
      isNote: node.kind === 'note',
      ports,
    };
    this.#known.set(node.id, { name: node.name, config: node.config, kind, inspected, shape });
    return shape;
  }
}

interface KnownFrame {
  frame: Pick<Frame, 'name' | 'kind'>;
  info: KindInfo | undefined;
  inspected: NodeInspection | undefined;
  /** What was said of it while it was of another kind. */
  outdated: NodeInspection | undefined;
  shape: FrameShape;
}

/** Shapes of the frames of one flow, kept in the same way. */
export class FrameShapes {
  #known = new Map<string, KnownFrame>();

  of(frame: Frame, inspection: Inspection | undefined): FrameShape {
    if (!isRunning(frame)) return plainShape(frame);
    const info = kinds.of(frame.kind);
    const before = this.#known.get(frame.id);
    const heard = inspection?.nodes[frame.id];
    const outdated = before && before.frame.kind !== frame.kind ? heard : before?.outdated;
    const inspected = heard === outdated ? undefined : heard;
    if (before && before.frame.name === frame.name && before.frame.kind === frame.kind && before.info === info && sameSaid(before.inspected, inspected)) return before.shape;
    const plain = plainShape(frame);
    const kindTitle = info?.title ?? plain.kindTitle;
    const shape: FrameShape = {
      ...plain, kindTitle,
      title: frame.name || kindTitle,
      says: inspected?.says.replace(/\.$/, '') ?? '',
      icon: info?.icon ?? 'circle-help',
      // Ports of a kind that the checks have not looked at yet.
      ports: (inspected?.inner && inspected.ports) ?? info?.ports ?? NO_PORTS,
      inner: inspected?.inner ?? info?.inner ?? NO_PORTS,
    };
    if (frame.id !== '') this.#known.set(frame.id, { frame, info, inspected, outdated, shape });
    return shape;
  }
}

const sameSaid = (a: NodeInspection | undefined, b: NodeInspection | undefined): boolean => a === b || (a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b));
