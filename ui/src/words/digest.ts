/** The first and last eight digits: `7be390c1…4a0f1d22`. What is not longer stays whole. */
export function shortDigest(digest: string): string {
  const text = digest.replace(/^sha256:/, '');
  return text.length <= 18 ? text : `${text.slice(0, 8)}…${text.slice(-8)}`;
}
