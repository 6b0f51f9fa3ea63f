// What the cards of one canvas share.

import { createContext } from 'svelte';
import type { End, Gestures } from './gestures.svelte';
import type { OpenFlow } from './open-flow.svelte';
import type { RunMarks } from './run-marks.svelte';

export interface CanvasContext {
  readonly open: OpenFlow;
  readonly gestures: Gestures;
  readonly marks: RunMarks;
  /** The node whose name is being changed. */
  readonly renaming: string | undefined;
  endRename(name: string | undefined): void;
  /** The socket that the keys are at. */
  readonly portCursor: End | undefined;
}

export const [getCanvas, setCanvas] = createContext<CanvasContext>();
