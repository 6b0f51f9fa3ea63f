// Which prompt is looked at when there are several.

/** The id `by` places after `current`; stays at the ends. */
export function neighbour(ids: readonly string[], current: string | null, by: 1 | -1): string | null {
  const at = current === null ? -1 : ids.indexOf(current);
  if (at < 0) return ids[0] ?? null;
  return ids[Math.min(ids.length - 1, Math.max(0, at + by))] ?? null;
}

/** What is looked at once `gone` is done with: the one after it, else the one before. */
export function following(ids: readonly string[], gone: string): string | null {
  const at = ids.indexOf(gone);
  const rest = ids.filter((id) => id !== gone);
  return at < 0 ? (rest[0] ?? null) : (rest[Math.min(at, rest.length - 1)] ?? null);
}
