/** `1 approval`, `2 approvals`, `1,204 runs`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}

/** `1,204`. */
export function grouped(number: number): string {
  return String(Math.trunc(number)).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `640 bytes`, `16 KiB`, `2.0 MiB`. */
export function size(bytes: number): string {
  if (bytes < 1024) return count(bytes, 'byte');
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} KiB`;
  return `${(bytes / (1024 * 1024)).toFixed(1)} MiB`;
}
