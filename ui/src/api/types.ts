// What the sections say "FlowInfo" or "RunInfo" to: the contract of the program's commands and feeds, in the words of design.md.
// Times are milliseconds since the epoch, digests are hexadecimal.

export type Digest = string;
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A whole number of an asset's minor units; the digits are a string, never a number. */
export interface Amount {
  asset: string;
  minor: string;
}

export interface ApiError {
  code: string;
  message: string;
  hint?: string;
  retryable?: boolean;
  details?: unknown;
}

export interface Status {
  version: string;
  workspace: string;
  engine: string;
  /** Runs that have not ended. */
  runs: number;
  /** Prompts that are open. */
  prompts: number;
  payments: boolean;
  policy: { name: string; number: number };
}

export interface FlowInfo {
  id: string;
  name: string;
  description: string;
  /** "" is the top, else "a/b". */
  folder: string;
  tags: string[];
  nodes: number;
  stamp: string;
  modified_at: number;
  draft: boolean;
  /** Why the file can't be read as a flow, when it can't. */
  unreadable?: string;
}

export interface Draft {
  text: string;
  /** The stamp of the file that it was made from. */
  base: string;
  /** The undo history, opaque to the server. */
  history: string;
  at: number;
}

export interface FlowText {
  info: FlowInfo;
  text: string;
  stamp: string;
  draft: Draft | null;
}

export interface Saved {
  stamp: string;
  digest: Digest;
  info: FlowInfo;
}

export interface FlowVersion {
  digest: Digest;
  at: number;
  why: 'save' | 'run' | 'restore' | 'publish';
  note: string;
}

export interface BinnedFlow {
  id: string;
  name: string;
  folder: string;
  deleted_at: number;
}

export interface Hit {
  flow: string;
  name: string;
  node?: string;
  where: string;
  excerpt: string;
}

export interface GalleryFlow {
  id: string;
  name: string;
  description: string;
  text: string;
  installed: boolean;
}

export type Effect = 'pure' | 'read' | 'write' | 'spend';
export type Severity = 'error' | 'warning';

export interface Place {
  node?: string;
  port?: string;
  field?: string;
  frame?: string;
  edge?: string;
  [other: string]: unknown;
}

export interface Problem {
  code: string;
  severity: Severity;
  place: Place;
  message: string;
  hint: string;
}

export interface Port {
  name: string;
  /** Such as `text` or `list<money>`. */
  type: string;
  required: boolean;
  many: boolean;
  default?: Json;
  help: string;
}

export interface Ports {
  inputs: Port[];
  outputs: Port[];
}

export interface NodeInspection {
  ports: Ports;
  effect: Effect;
  /** What it will do, in words. */
  says: string;
}

export interface Inspection {
  problems: Problem[];
  digest: Digest | null;
  nodes: Record<string, NodeInspection>;
}

export interface KindInfo {
  name: string;
  version: number;
  title: string;
  summary: string;
  category: string;
  icon: string;
  /** A JSON Schema. */
  config: Record<string, Json>;
  ports: Ports;
  effect: Effect;
}

export type RunState = 'running' | 'waiting' | 'completed' | 'failed' | 'cancelled';
export type StepState = 'pending' | 'running' | 'asking' | 'sleeping' | 'unknown' | 'done' | 'skipped' | 'failed';

export interface RunInfo {
  run: string;
  flow_id: string;
  name: string;
  flow: Digest;
  state: RunState;
  /** A prompt of it is open. */
  asking: boolean;
  /** The outcome of one of its effects is not known. */
  unknown: boolean;
  started_at: number;
  ended_at?: number;
  by: string;
  steps: { done: number; skipped: number; failed: number; total: number; [other: string]: number };
  error?: string;
  spent: Amount[];
}

export interface Moment {
  seq: number;
  at: number;
  event: string;
  path?: string;
  attempt?: number;
  level: 'info' | 'warn' | 'error';
  /** One plain sentence for the log. */
  text: string;
  /** Steps whose state changed by it. */
  steps: { path: string; state: StepState }[];
  outputs?: Record<string, Json>;
  inputs?: Record<string, Json>;
  prompt?: string;
}

export interface Moments {
  info: RunInfo;
  moments: Moment[];
  acting: { path: string; attempt: number }[];
}

export interface Started {
  run: string;
  flow_id: string;
  name: string;
  flow: Digest;
  warnings: Problem[];
}

export interface RunInput {
  name: string;
  value: Json;
}

export interface Fact {
  label: string;
  value: string;
  /** `address book`, `ledger`, `policy`: the workspace's own word; `spoken`, `flow`, `risk score`: what the run brought along. */
  source: string;
}

export interface VerdictLine {
  rule: string;
  outcome: 'allow' | 'ask' | 'deny';
  code: string;
  reason: string;
}

export interface Verdict {
  outcome: 'allow' | 'ask' | 'deny';
  code: string;
  reason: string;
  lines: VerdictLine[];
  policy: number;
}

export interface Pay {
  type: 'pay';
  account: string;
  rail: string;
  payee: string;
  payee_name: string;
  address: string;
  amount: Amount;
  purpose?: string;
  heard?: { text: string; confidence_milli: number };
  risk?: { score10_tenths: number; factors: { name: string; tenths: number; reason: string }[] };
}

export interface HostCall {
  type: 'call';
  effect: Effect;
  method: string;
  host: string;
  port: number;
  url: string;
  body: Digest;
  secrets?: string[];
}

export interface ChangePolicy {
  type: 'change-policy';
  from: number;
  to: Record<string, Json>;
}

export interface Prompt {
  id: string;
  kind: 'effect' | 'outcome' | 'question' | 'policy';
  run?: string;
  path?: string;
  request?: { key: Digest; run?: string; path?: string; action: Pay | HostCall | ChangePolicy };
  request_digest: Digest;
  shown: { sentence: string; facts: Fact[]; verdict?: Verdict };
  shown_digest: Digest;
  hold?: string;
  opened_at: number;
  expires_at?: number;
  state: 'open' | 'approved' | 'rejected' | 'expired' | 'withdrawn';
}

export interface SeenProof {
  seen: { request: Digest; shown: Digest; how: 'held' | 'twice'; typed: string | null };
}

export interface Answered {
  prompt: string;
  run: string | null;
  answer: string;
  decision: Digest;
}

export interface PromptDetails {
  account?: { name: string; balance: Amount; held: Amount; available: Amount; after?: Amount };
  flow_name?: string;
  by?: string;
  [other: string]: unknown;
}

export interface TimedWord {
  text: string;
  start_ms: number;
  end_ms: number;
  /** From 0 to 1. */
  confidence: number;
}

export interface Transcribed {
  text: string;
  words: TimedWord[];
  confidence: number;
  duration_ms: number;
  model: string;
  model_sha256: string;
  took_ms: number;
}

export interface AccountInfo {
  id: string;
  name: string;
  kind: 'internal' | 'external';
  /** Held money included. */
  balance: Amount;
  held: Amount;
  available: Amount;
}

export interface Payee {
  id: string;
  name: string;
  aliases: string[];
  [other: string]: unknown;
}

export interface SecretInfo {
  name: string;
  hosts: string[];
  place: string;
  last_used: number | null;
}

/** A value larger than 16 KiB, as `run.moments` tells it. */
export interface LargeValue {
  $large: { bytes: number; digest?: Digest; preview: string };
}

/** A file's name without a path, its media type and its bytes. */
export interface Upload {
  name: string;
  media: string;
  base64: string;
}
