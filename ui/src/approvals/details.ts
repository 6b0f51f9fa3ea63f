// What stands around a prompt, as `prompt.view` tells it. What is decided is what the prompt says, and nothing of this.

import { call } from '../api/client';
import type { Amount, Digest, Prompt } from '../api/types';
import type { Span } from './spans';

export interface Details {
  run?: { run: string; flow_id: string; flow_name: string; flow: Digest; node_name: string; by: string; started_at: number };
  account?: { id: string; name: string; before: Amount; after: Amount };
  /** Where the parts of a payment stand in the words it was heard in. */
  heard?: { text: string; confidence_milli: number; spans: Span[] };
  /** What is typed to say yes, where that is asked for. */
  what_to_type: string;
  /** Whether it must be typed, as over the step-up limit. */
  typing_required: boolean;
}

/** A prompt with all that is shown of it. */
export interface Seen {
  prompt: Prompt;
  details: Details;
}

export async function look(prompt: string): Promise<Seen> {
  const seen = await call('prompt.view', { prompt });
  return { prompt: seen.prompt, details: seen.details as unknown as Details };
}
