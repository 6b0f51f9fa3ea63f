import type { StepState } from '../api/types';

const ASKED: Partial<Record<StepState, string>> = {
  skipped: 'Why was it skipped?',
  pending: 'Why does it wait?',
  asking: 'Why does it ask?',
  sleeping: 'Why does it sleep?',
  unknown: 'Why is it unknown?',
};

/** Whether it is worth asking why a step is where it is. */
export const hasWhy = (state: StepState | null | undefined): boolean => state != null && ASKED[state] !== undefined;

export const whyAsked = (state: StepState | undefined): string => (state && ASKED[state]) ?? 'Why?';
