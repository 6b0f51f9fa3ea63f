// The program's types under the names that the window uses. All but the last few come from the OpenAPI document.

import type { Asked, Schema } from './contract';

export type { Json, RunState, StepState } from './contract';

export type Digest = string;
/** A whole number of an asset's minor units; the digits are a string, never a number. */
export interface Amount {
  asset: string;
  minor: string;
}

/** An error as the program tells it, or as the window makes one for what never reached the program. */
export type ApiError = Omit<Schema<'ApiError'>, 'code' | 'details'> & { code: string; details?: unknown };
export type Status = Schema<'Status'>;

export type FlowInfo = Schema<'FlowInfo'>;
export type FlowText = Schema<'FlowText'>;
export type Draft = Schema<'Draft'>;
export type Saved = Schema<'FlowSaved'>;
export type FlowVersion = Schema<'Version'>;
export type BinnedFlow = Schema<'Binned'>;
export type Hit = Schema<'Hit'>;
export type GalleryFlow = Schema<'Shipped'>;
export type FlowReady = Schema<'Ready'>;

export type Effect = Schema<'Effect'>;
export type Severity = Schema<'Severity'>;
export type Place = Schema<'Place'>;
export type Problem = Schema<'Problem'>;
export type Port = Schema<'Port'>;
export type Ports = Schema<'Ports'>;
export type NodeInspection = Schema<'NodeLook'>;
export type Inspection = Schema<'Inspected'>;
export type KindInfo = Schema<'KindInfo'>;

export type RunInfo = Schema<'RunInfo'>;
export type Moment = Schema<'Moment'>;
export type Moments = Schema<'Moments'>;
export type Started = Schema<'Started'>;
/** One input that is given to a run. */
export type RunInput = Asked<'Input'>;
/** A value as it is given: text that its port reads, JSON, or a file. */
export type Given = Asked<'Given'>;

export type Prompt = Schema<'Prompt'>;
export type PromptDetails = Schema<'PromptDetails'>;
export type Fact = Schema<'Fact'>;
export type Verdict = Schema<'Verdict'>;
export type VerdictLine = Schema<'Line'>;
export type Action = NonNullable<Prompt['request']>['action'];
export type Pay = Extract<Action, { type: 'pay' }>;
export type HostCall = Extract<Action, { type: 'call' }>;
export type ChangePolicy = Extract<Action, { type: 'change-policy' }>;
export type SeenProof = { seen: Asked<'Seen'> };
export type Answered = Schema<'Answered'>;

export type TimedWord = Schema<'TimedWord'>;
export type Transcribed = Schema<'Transcribed'>;
export type Upload = Schema<'Upload'>;
export type AccountInfo = Schema<'AccountInfo'>;
export type Payee = Schema<'Payee'>;
export type SecretInfo = Schema<'SecretInfo'>;

/** A value larger than 16 KiB, as `run.moments` tells it. */
export interface LargeValue {
  $large: { bytes: number; digest?: Digest; preview: string };
}
