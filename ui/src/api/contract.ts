// Every command and feed that the window uses: what goes in and what comes out.

import type {
  AccountInfo,
  Answered,
  BinnedFlow,
  Digest,
  FlowInfo,
  FlowText,
  FlowVersion,
  GalleryFlow,
  Hit,
  Inspection,
  Json,
  KindInfo,
  Moments,
  Payee,
  Prompt,
  PromptDetails,
  RunInfo,
  RunInput,
  Saved,
  SecretInfo,
  SeenProof,
  Started,
  Status,
  Transcribed,
  Upload,
} from './types';

type Nothing = Record<string, never>;
interface Source {
  file: string;
  text: string;
}

/** Commands: name to [request, response]. */
export interface Commands {
  'flow.list': [Nothing, { flows: FlowInfo[] }];
  'flow.get': [{ id: string }, FlowText];
  'flow.draft': [{ id: string; base: string; text: string; history: string }, Nothing];
  'flow.discard': [{ id: string }, Nothing];
  'flow.save': [{ id: string; text: string; base: string; note?: string; force?: boolean }, Saved];
  'flow.new': [{ name: string; folder?: string; text?: string }, FlowText];
  'flow.duplicate': [{ id: string; name?: string }, FlowText];
  'flow.rename': [{ id: string; name: string }, { info: FlowInfo }];
  'flow.move': [{ id: string; folder: string }, { info: FlowInfo }];
  'flow.tag': [{ id: string; tags: string[] }, { info: FlowInfo }];
  'flow.delete': [{ id: string }, Nothing];
  'flow.bin': [Nothing, { flows: BinnedFlow[] }];
  'flow.undelete': [{ id: string }, { info: FlowInfo }];
  'flow.versions': [{ id: string }, { versions: FlowVersion[] }];
  'flow.version': [{ digest: Digest }, { text: string }];
  'flow.restore': [{ id: string; digest: Digest; base: string }, Saved];
  'flow.inspect': [{ text: string; id?: string }, Inspection];
  'flow.search': [{ text: string }, { hits: Hit[] }];
  'flow.gallery': [Nothing, { flows: GalleryFlow[] }];
  'flow.try': [{ id: string }, { info: FlowInfo; inputs: Record<string, Json> }];
  kinds: [Nothing, { kinds: KindInfo[] }];
  diff: [{ before: Source; after: Source }, Record<string, Json>];

  run: [{ flow: { id: string } | { file: Source }; inputs: RunInput[] }, Started];
  'run.node': [{ id: string; text: string; node: string; inputs: Record<string, Json> }, Started];
  'run.value': [{ run: string; path: string; port: string }, { value: Json }];
  'run.flow': [{ run: string }, { text: string; id: string; name: string; digest: Digest }];
  'run.inputs': [{ run: string }, { inputs: Record<string, Json> }];
  'run.retry': [{ run: string }, Started];
  'run.delete': [{ runs: string[] }, Nothing];
  runs: [{ limit?: number; before?: number; flow?: string; state?: string; text?: string }, { runs: RunInfo[] }];
  cancel: [{ run: string; reason: string }, Record<string, Json>];
  resume: [Nothing, Record<string, Json>];

  prompts: [{ prompt?: string }, { prompts: Prompt[] }];
  'prompt.view': [{ prompt: string }, { prompt: Prompt; details: PromptDetails }];
  approve: [{ prompt: string; proof: SeenProof; reason: string }, Answered];
  deny: [{ prompt: string; reason: string }, Answered];
  answer: [{ prompt: string; outcome: 'happened' | 'did-not' | 'again'; reason: string }, Answered];
  'approvals.open': [{ prompt?: string }, Nothing];

  'payments.off': [Nothing, { paused: boolean }];
  'payments.on': [Nothing, { paused: boolean }];
  'policy.show': [Nothing, { policy: Record<string, Json>; paused: boolean }];

  transcribe: [{ sound: Upload }, Transcribed];
  intent: [{ text: string; asset?: string }, { parse: Record<string, Json>; said: string | null }];
  'account.list': [Nothing, { accounts: AccountInfo[] }];
  'account.open': [{ name: string; asset: string }, Record<string, Json>];
  'account.fund': [{ name: string; amount: string; memo?: string; id?: string }, Record<string, Json>];
  'payee.list': [Nothing, { payees: Payee[] }];
  'payee.add': [{ id: string; name: string; aliases?: string[]; credits?: string }, { payee: Payee }];
  'secret.list': [Nothing, { secrets: SecretInfo[] }];
  doctor: [Nothing, { findings: Record<string, Json>[] }];

  'settings.get': [Nothing, { settings: Record<string, Json> }];
  'settings.set': [{ key: string; value: Json }, Nothing];
}

/** Feeds: name to [request, item]. */
export interface Feeds {
  'status.watch': [Nothing, Status];
  'flows.watch': [Nothing, { flows: FlowInfo[] }];
  'runs.changes': [Nothing, { runs: RunInfo[]; removed: string[]; whole: boolean }];
  'run.moments': [{ run: string; after?: number }, Moments];
  'prompts.watch': [Nothing, { prompts: Prompt[] }];
}

export type CommandName = keyof Commands;
export type RequestOf<N extends CommandName> = Commands[N][0];
export type ResponseOf<N extends CommandName> = Commands[N][1];
export type FeedName = keyof Feeds;
export type FeedRequest<N extends FeedName> = Feeds[N][0];
export type FeedItem<N extends FeedName> = Feeds[N][1];
