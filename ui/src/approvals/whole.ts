// Whether a prompt's digests are those of what it holds, counted here and not taken from the program: what somebody says yes to is
// what stands on this page.

import type { Json, Prompt } from '../api/types';

/** Canonical JSON (RFC 8785) of what came as JSON. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, of]) => `${JSON.stringify(key)}:${canonical(of)}`).join(',')}}`;
  }
  return JSON.stringify(value as Json);
}

/** SHA-256 over the tag and the value's canonical JSON, each with its length before it, in hexadecimal digits. */
export async function digestOf(tag: string, value: unknown): Promise<string> {
  const parts = [tag, canonical(value)].map((text) => new TextEncoder().encode(text));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 8 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setBigUint64(at, BigInt(part.length));
    bytes.set(part, at + 8);
    at += 8 + part.length;
  }
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Whether the digests are of the request and of what is shown. A question has no request; the digest it has is the program's. */
export async function isWhole({ request, request_digest, shown, shown_digest }: Prompt): Promise<boolean> {
  if ((await digestOf('assent.shown.v1', shown)) !== shown_digest) return false;
  return !request || (await digestOf('assent.request.v1', request)) === request_digest;
}
