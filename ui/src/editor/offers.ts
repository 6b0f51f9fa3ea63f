// What can be added: the kinds, and the workspace's flows as sub-flows with their ports and config.

import type { FlowInfo, Json, KindInfo } from '../api/types';
import { call } from '../api/client';
import { readFlow } from '../document/read';
import type { Config, Flow } from '../document/flow';
import { fittingPort } from './actions';
import { starterConfig } from './inspector/schema';

/** What a kind is called while it is dragged. */
export const KIND_DRAGGED = 'application/x-assent-kind';

/** One thing that can be added. */
export interface Offer {
  id: string;
  kind: KindInfo;
  title: string;
  summary: string;
  group: string;
  /** A flow that is called. */
  flow?: FlowInfo;
}

const SUB_FLOWS = 'Flows of this workspace';

/** All offers, in the order of their groups; a flow does not offer itself. */
export function offersOf(kinds: readonly KindInfo[], flows: readonly FlowInfo[], current: string): Offer[] {
  const own = kinds.map((kind): Offer => ({ id: kind.name, kind, title: kind.title, summary: kind.summary, group: kind.group || 'Other' }));
  const calling = kinds.find((kind) => kind.name === 'sub-flow');
  const called = calling ? flows.filter((flow) => flow.id !== current && !flow.unreadable) : [];
  return [...own, ...called.flatMap((flow): Offer[] => (calling ? [{ id: `flow:${flow.id}`, kind: calling, title: flow.name, summary: flow.description, group: SUB_FLOWS, flow }] : []))];
}

const GROUPS = ['Flow', 'Voice and intent', 'People and money', 'Agents', 'Control', 'Frames', 'Data'];
const rank = (group: string): number => (GROUPS.includes(group) ? GROUPS.indexOf(group) : group === SUB_FLOWS ? 99 : 50);

export function grouped(offers: readonly Offer[]): [string, Offer[]][] {
  const groups = new Map<string, Offer[]>();
  for (const offer of offers) groups.set(offer.group, [...(groups.get(offer.group) ?? []), offer]);
  return [...groups].sort(([a], [b]) => rank(a) - rank(b));
}

/** The offers with all words of a text, those whose title begins with it first. */
export function found(offers: readonly Offer[], text: string): Offer[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...offers];
  const title = (offer: Offer): string => offer.title.toLowerCase();
  const score = (offer: Offer): number => (title(offer).startsWith(words[0] ?? '') ? 0 : title(offer).includes(words[0] ?? '') ? 1 : 2);
  return offers
    .filter((offer) => words.every((word) => `${offer.title} ${offer.kind.name} ${offer.summary} ${offer.group}`.toLowerCase().includes(word)))
    .sort((a, b) => score(a) - score(b));
}

/** Only what a loose end fits. Of a sub-flow the ports are its flow's, so it is always offered. */
export const fitting = (offers: readonly Offer[], loose: { side: 'in' | 'out'; type: string } | undefined): Offer[] =>
  (loose ? offers.filter((offer) => offer.flow === undefined && fittingPort(offer.kind, loose) !== undefined) : [...offers]);

function portsOf(flow: Flow, kind: 'input' | 'output'): Json[] {
  return [...flow.nodes.values()].filter((node) => node.kind === kind)
    .flatMap((node) => (Array.isArray(node.config.ports) ? node.config.ports : []))
    .map((port) => {
      if (kind === 'input' || typeof port !== 'object' || port === null || Array.isArray(port)) return port;
      const { default: _, required: __, ...rest } = port;
      return rest;
    });
}

/** The config of an added node: of a flow that is called, its inputs and outputs. */
export async function configOf(offer: Offer): Promise<Config> {
  if (!offer.flow) return starterConfig(offer.kind);
  const flow = readFlow((await call('flow.get', { id: offer.flow.id })).text);
  return { flow: offer.flow.id, inputs: portsOf(flow, 'input'), outputs: portsOf(flow, 'output') };
}
