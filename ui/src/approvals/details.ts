// A prompt with all that is shown of it.

import { call } from '../api/client';
import type { Prompt, PromptDetails } from '../api/types';

export interface Seen {
  prompt: Prompt;
  /** What stands around it. What is decided is what the prompt says, and nothing of this. */
  details: PromptDetails;
}

export const look = (prompt: string): Promise<Seen> => call('prompt.view', { prompt });
