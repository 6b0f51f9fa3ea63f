import type { Json } from '../../api/types';

const MOST_COLUMNS = 40;

/** The fields of a list of objects, in the order in which they first come. */
export function fieldsOf(rows: readonly Record<string, Json>[]): string[] {
  const fields = new Set<string>();
  for (const row of rows.slice(0, 200)) {
    for (const field of Object.keys(row)) if (fields.size < MOST_COLUMNS) fields.add(field);
  }
  return [...fields];
}

/** Whether a field holds numbers wherever it holds something. */
export function isNumeric(rows: readonly Record<string, Json>[], field: string): boolean {
  const values = rows.slice(0, 50).map((row) => row[field]).filter((value) => value !== undefined && value !== null);
  return values.length > 0 && values.every((value) => typeof value === 'number');
}

/** A comparison for sorting by a field: numbers by size, else by what is written; what is missing comes last. */
export function byField(field: string, down: boolean): (a: Record<string, Json>, b: Record<string, Json>) => number {
  const sign = down ? -1 : 1;
  return (a, b) => {
    const [one, other] = [a[field] ?? null, b[field] ?? null];
    if (one === null || other === null) return one === other ? 0 : one === null ? 1 : -1;
    if (typeof one === 'number' && typeof other === 'number') return sign * (one - other);
    return sign * written(one).localeCompare(written(other), 'en', { numeric: true });
  };
}

const written = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The rows as lines of comma-separated values, for spreadsheets. */
export function csv(rows: readonly Record<string, Json>[], fields: readonly string[]): string {
  const cell = (value: Json | undefined): string => {
    let text = value === undefined || value === null ? '' : written(value);
    // A spreadsheet would take these for formulas.
    if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [fields.map(cell), ...rows.map((row) => fields.map((field) => cell(row[field])))].map((cells) => `${cells.join(',')}\r\n`).join('');
}
