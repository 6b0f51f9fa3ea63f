/** The highest and the lowest of each stretch of a sound, from -1 to 1. */
export interface Peaks {
  low: Float32Array;
  high: Float32Array;
}

/** A sound in so many columns. */
export function peaksOf(samples: Float32Array, columns: number): Peaks {
  const [low, high] = [new Float32Array(columns), new Float32Array(columns)];
  for (let column = 0; column < columns; column += 1) {
    const from = Math.floor((column * samples.length) / columns);
    const to = Math.max(from + 1, Math.floor(((column + 1) * samples.length) / columns));
    let [least, most] = [Infinity, -Infinity];
    for (let at = from; at < to && at < samples.length; at += 1) {
      const sample = samples[at] as number;
      if (sample < least) least = sample;
      if (sample > most) most = sample;
    }
    low[column] = least === Infinity ? 0 : least;
    high[column] = most === -Infinity ? 0 : most;
  }
  return { low, high };
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}

/** Minutes and seconds: `0:03.1`. */
export function position(seconds: number): string {
  const tenths = Math.max(0, Math.floor(seconds * 10));
  return `${Math.floor(tenths / 600)}:${String(Math.floor((tenths % 600) / 10)).padStart(2, '0')}.${tenths % 10}`;
}
