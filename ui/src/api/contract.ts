// Every command and feed: what goes in and what comes out, from the OpenAPI document that the program makes of its registry.

import type { components, paths } from './schema';

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

type Schemas = components['schemas'];
export type SchemaName = keyof Schemas;
/** A type of the document, as the program takes it. */
export type Asked<N extends SchemaName> = Schemas[N];
/** A type of the document, as the program sends it. */
export type Schema<N extends SchemaName> = Told<Schemas[N]>;

/** Where a run stands. */
export type RunState = Schemas['Stage'];
/** Where a step stands. */
export type StepState = 'pending' | 'running' | 'asking' | 'sleeping' | 'unknown' | 'done' | 'skipped' | 'failed';

/**
 * What the program sends, as it really comes: what may be missing is left out and never null, and what the document leaves open is JSON.
 */
export type Told<T> = unknown extends T
  ? Json
  : T extends (infer E)[]
    ? Told<E>[]
    : T extends object
      ? { [K in keyof T]: unknown extends T[K] ? Closed<T, K> : undefined extends T[K] ? Told<Exclude<T[K], null>> : Closed<T, K> }
      : T;

/** The document says "string" of states and "anything" of a kind's JSON Schema; both are narrower. */
type Closed<T, K extends keyof T> = K extends 'state'
  ? string extends T[K] ? (T extends { flow_id: string } ? RunState : StepState) : Told<T[K]>
  : K extends 'config' ? Record<string, Json> : Told<T[K]>;

type Named<P> = P extends `/api/${infer N}` ? N : never;
type Post<N extends string> = `/api/${N}` extends keyof paths ? paths[`/api/${N}`] extends { post: infer P } ? P : never : never;
type Body<P> = P extends { requestBody: { content: { 'application/json': infer B } } } ? B : never;
type Answer<P> = P extends { responses: { 200: { content: { 'application/json': infer B } } } } ? Told<B> : never;

/** Commands that only the desktop window has, so that HTTP's document does not list them. */
interface WindowCommands {
  'approvals.open': [{ prompt?: string }, Record<string, never>];
  /** The prompt that the window which decides shows now: closing that window is a no to it. */
  'approvals.showing': [{ prompt: string | null }, Record<string, never>];
}

export type CommandName = Named<keyof paths> | keyof WindowCommands;
export type RequestOf<N extends CommandName> = N extends keyof WindowCommands ? WindowCommands[N][0] : Body<Post<N>>;
export type ResponseOf<N extends CommandName> = N extends keyof WindowCommands ? WindowCommands[N][1] : Answer<Post<N>>;

type Feeds = Schemas['Feeds'];
export type FeedName = keyof Feeds & string;
export type FeedRequest<N extends FeedName> = Feeds[N] extends { request: infer R extends object } ? R : never;
export type FeedItem<N extends FeedName> = Feeds[N] extends { item: infer I } ? Told<I> : never;
