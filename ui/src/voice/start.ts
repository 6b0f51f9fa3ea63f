// Whether a flow can be started with what was said.

import type { Given, RunInput, Upload } from '../api/types';

export interface InputPort {
  name: string;
  type: string;
  required: boolean;
  /** What comes in here is read as a sentence: it is wired to the text of a parse-intent step. */
  sentence: boolean;
}

/** The inputs of a flow, from its text: the ports of its input nodes. A text that is no flow has none. */
export function inputsOf(text: string): InputPort[] {
  const flow = parsed(text);
  const nodes = records(flow, 'nodes');
  const reading = new Set(nodes.filter(({ kind }) => kind === 'parse-intent').map(({ id }) => `${String(id)}.text`));
  const sentences = new Set(records(flow, 'edges').filter(({ to }) => reading.has(String(to))).map(({ from }) => String(from)));
  return nodes.filter(({ kind }) => kind === 'input').flatMap((node) => {
    const ports = isRecord(node.config) && Array.isArray(node.config.ports) ? node.config.ports : [];
    return ports.filter(isRecord).map((port) => ({
      name: String(port.name),
      type: String(port.type),
      required: port.required !== false && port.default === undefined,
      sentence: sentences.has(`${String(node.id)}.${String(port.name)}`),
    }));
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function records(of: unknown, list: string): Record<string, unknown>[] {
  const found = isRecord(of) ? of[list] : undefined;
  return Array.isArray(found) ? found.filter(isRecord) : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What a flow would be started with, or why it can't be. */
export type Offer = { inputs: RunInput[]; with: string } | { why: string; hint: string };

/**
 * A flow that takes sound gets the recording. Where the sentence was changed it gets that too, or else it would carry out something else
 * than what stands on the card. A flow that takes only text gets the sentence.
 */
export function offer(ports: readonly InputPort[], upload: Upload, sentence: string, changed: boolean): Offer {
  const sound = ports.find(({ type }) => type === 'audio' || type === 'file');
  const text = ports.find((port) => port.sentence) ?? (sound ? undefined : ports.find(({ type }) => type === 'text'));
  const given = new Map<InputPort, Given>();
  if (sound) given.set(sound, { file: upload });
  if (text && (changed || !sound)) given.set(text, { text: sentence });
  if (given.size === 0) return { why: 'This flow takes no recording.', hint: 'Choose another flow, or give this one an input of type audio.' };
  if (changed && !text) {
    return { why: 'This flow listens to the recording, and the recording says something else than the card.', hint: 'Take your changes back, or choose a flow that takes text.' };
  }
  const missing = ports.filter((port) => port.required && !given.has(port)).map(({ name }) => name);
  if (missing.length > 0) return { why: `This flow also needs ${missing.join(', ')}.`, hint: 'Start it from the studio, where all its inputs can be given.' };
  const inputs = [...given].map(([{ name }, value]) => ({ name, value }));
  return { inputs, with: !sound ? 'the sentence' : changed ? 'the recording and the sentence as it stands above' : 'the recording' };
}
