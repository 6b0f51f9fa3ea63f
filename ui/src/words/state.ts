// What a state is called, and the icon and colour that go with the word. State is never told by colour alone.

import Ban from '@lucide/svelte/icons/ban';
import Check from '@lucide/svelte/icons/check';
import Clock from '@lucide/svelte/icons/clock';
import Ellipsis from '@lucide/svelte/icons/ellipsis';
import Hand from '@lucide/svelte/icons/hand';
import Hourglass from '@lucide/svelte/icons/hourglass';
import Play from '@lucide/svelte/icons/play';
import TriangleAlert from '@lucide/svelte/icons/triangle-alert';
import X from '@lucide/svelte/icons/x';
import type { Component } from 'svelte';
import type { Prompt, RunInfo, RunState, StepState } from '../api/types';

/** A colour of `tokens.css`, without the dashes. */
export type Tone = 'text-2' | 'text-3' | 'accent' | 'ok' | 'warn' | 'danger' | 'ask' | 'money';
export type Icon = Component<{ size?: number | string; strokeWidth?: number | string; class?: string; 'aria-hidden'?: 'true' }>;

export interface StateWords {
  word: string;
  icon: Icon;
  tone: Tone;
}

const STEPS: Record<StepState, StateWords> = {
  pending: { word: 'waiting', icon: Clock, tone: 'text-3' },
  running: { word: 'running', icon: Play, tone: 'accent' },
  asking: { word: 'asks you', icon: Hand, tone: 'ask' },
  sleeping: { word: 'sleeping', icon: Hourglass, tone: 'text-2' },
  unknown: { word: 'unknown', icon: TriangleAlert, tone: 'warn' },
  done: { word: 'done', icon: Check, tone: 'ok' },
  skipped: { word: 'skipped', icon: Ellipsis, tone: 'text-3' },
  failed: { word: 'failed', icon: X, tone: 'danger' },
};

const RUNS: Record<RunState, StateWords> = {
  running: { word: 'running', icon: Play, tone: 'accent' },
  waiting: { word: 'waiting', icon: Clock, tone: 'text-2' },
  completed: { word: 'done', icon: Check, tone: 'ok' },
  failed: { word: 'failed', icon: X, tone: 'danger' },
  cancelled: { word: 'cancelled', icon: Ban, tone: 'text-2' },
};

const PROMPTS: Record<Prompt['state'], StateWords> = {
  open: { word: 'open', icon: Hand, tone: 'ask' },
  approved: { word: 'approved', icon: Check, tone: 'ok' },
  rejected: { word: 'rejected', icon: X, tone: 'danger' },
  expired: { word: 'expired', icon: Hourglass, tone: 'text-2' },
  withdrawn: { word: 'withdrawn', icon: Ban, tone: 'text-2' },
};

export const stepState = (state: StepState): StateWords => STEPS[state];
export const promptState = (state: Prompt['state']): StateWords => PROMPTS[state];

/** A run that asks or whose outcome is not known says so before anything else. */
export function runState(run: Pick<RunInfo, 'state' | 'asking' | 'unknown'>): StateWords {
  if (run.unknown) return STEPS.unknown;
  if (run.asking) return STEPS.asking;
  return RUNS[run.state];
}

export const STEP_STATES = Object.keys(STEPS) as StepState[];
export const RUN_STATES = Object.keys(RUNS) as RunState[];
