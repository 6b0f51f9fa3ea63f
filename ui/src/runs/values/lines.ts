// Long text cut into lines of a few columns, so that only what is in view is laid out.

/** Where each line begins, and after them the end of the text. */
export type Lines = readonly number[];

const isLow = (code: number): boolean => code >= 0xdc00 && code <= 0xdfff;

/** Breaks at line ends, else after the last space that fits, else between any two characters. */
export function linesOf(text: string, columns: number): Lines {
  const starts: number[] = [];
  let at = 0;
  while (at <= text.length) {
    starts.push(at);
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    while (end - at > columns) {
      at = breakAt(text, at, columns);
      starts.push(at);
    }
    if (newline < 0) break;
    at = end + 1;
  }
  starts.push(text.length);
  return starts;
}

function breakAt(text: string, from: number, columns: number): number {
  const space = text.slice(from, from + columns).lastIndexOf(' ');
  if (space > columns / 2) return from + space + 1;
  return from + columns - (isLow(text.charCodeAt(from + columns)) ? 1 : 0);
}

/** A line without its line end. */
export function line(text: string, lines: Lines, row: number): string {
  return text.slice(lines[row] ?? 0, lines[row + 1] ?? 0).replace(/\r?\n$/, '');
}

/** The row in which a place of the text is. */
export function rowOf(lines: Lines, place: number): number {
  let [low, high] = [0, lines.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lines[middle] ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}

/** Where a text stands, whatever its case, at most `most` times. */
export function findInText(text: string, wanted: string, most = 1000): number[] {
  const found: number[] = [];
  if (wanted === '') return found;
  // Some letters change their length in lower case; then places would be off, and the case is left as it is.
  const lower = text.toLowerCase();
  const [hay, needle] = lower.length === text.length ? [lower, wanted.toLowerCase()] : [text, wanted];
  for (let at = hay.indexOf(needle); at >= 0 && found.length < most; at = hay.indexOf(needle, at + needle.length)) found.push(at);
  return found;
}
