// Whether a flow can be started with what was said.

import type { Given, RunInput, Upload } from '../api/types';

export interface InputPort {
  name: string;
  type: string;
  required: boolean;
}

/** The inputs of a flow, from its text: the ports of its input nodes. A text that is no flow has none. */
export function inputsOf(text: string): InputPort[] {
  const flow = parsed(text);
  const nodes = isRecord(flow) && Array.isArray(flow.nodes) ? flow.nodes : [];
  return nodes.filter((node): node is Record<string, unknown> => isRecord(node) && node.kind === 'input').flatMap((node) => {
    const ports = isRecord(node.config) && Array.isArray(node.config.ports) ? node.config.ports : [];
    return ports.filter(isRecord).map((port) => ({
      name: String(port.name),
      type: String(port.type),
      required: port.required !== false && port.default === undefined,
    }));
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What a flow would be started with, or why it can't be. */
export type Offer = { inputs: RunInput[]; with: 'the recording' | 'the sentence' } | { why: string; hint: string };

/**
 * A flow that takes sound gets the recording, unless the sentence was changed: then it would carry out something else than what stands
 * on the card. A flow that takes text gets the sentence.
 */
export function offer(ports: readonly InputPort[], upload: Upload, sentence: string, changed: boolean): Offer {
  const sound = ports.find(({ type }) => type === 'audio' || type === 'file');
  const text = ports.find(({ type }) => type === 'text');
  const taken = changed ? text : (sound ?? text);
  if (!taken) {
    return sound
      ? { why: 'This flow listens to the recording, and the recording says something else than the card.', hint: 'Take your changes back, or choose a flow that takes text.' }
      : { why: 'This flow takes no recording.', hint: 'Choose another flow, or give this one an input of type audio.' };
  }
  const missing = ports.filter((port) => port.required && port !== taken).map(({ name }) => name);
  if (missing.length > 0) return { why: `This flow also needs ${missing.join(', ')}.`, hint: 'Start it from the studio, where all its inputs can be given.' };
  const value: Given = taken === sound ? { file: upload } : { text: sentence };
  return { inputs: [{ name: taken.name, value }], with: taken === sound ? 'the recording' : 'the sentence' };
}
