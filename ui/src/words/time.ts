// Times are milliseconds since the epoch; they are written in the place's own time, 24 hours, English months.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const two = (number: number): string => String(number).padStart(2, '0');

/** How long something took: `0.4 ms`, `0.31 s`, `12.0 s`, `2 min 24 s`, `1 h 2 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  const time = Math.max(0, ms);
  if (time > 0 && time < 10) return `${time.toFixed(Number.isInteger(time) ? 0 : 1)} ms`;
  if (time < SECOND) return `${(time / SECOND).toFixed(time === 0 ? 1 : 2)} s`;
  // Seconds are cut, not rounded, so that 59.96 s is not "60.0 s".
  if (time < MINUTE) return `${(Math.floor(time / 100) / 10).toFixed(1)} s`;
  if (time < HOUR) return pair(time, MINUTE, 'min', SECOND, 's');
  if (time < DAY) return pair(time, HOUR, 'h', MINUTE, 'min');
  return pair(time, DAY, 'd', HOUR, 'h');
}

function pair(time: number, large: number, largeWord: string, small: number, smallWord: string): string {
  const rest = Math.floor((time % large) / small);
  return `${Math.floor(time / large)} ${largeWord}${rest > 0 ? ` ${rest} ${smallWord}` : ''}`;
}

/** `14:02:11`. */
export function clock(at: number): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** `14 Nov`, with the year when it is another one than now. */
export function day(at: number, now: number = Date.now()): string {
  const date = new Date(at);
  const year = date.getFullYear();
  return `${date.getDate()} ${MONTHS[date.getMonth()] ?? ''}${year === new Date(now).getFullYear() ? '' : ` ${year}`}`;
}

/** The clock today, else the day. */
export function when(at: number, now: number = Date.now()): string {
  return new Date(at).toDateString() === new Date(now).toDateString() ? clock(at) : day(at, now);
}

/** The day and the clock, for titles and details: `14 Nov 2026, 14:02:11`. */
export function fullTime(at: number): string {
  return `${day(at)}${/\d{4}$/.test(day(at)) ? '' : ` ${new Date(at).getFullYear()}`}, ${clock(at)}`;
}

/** What is left of a time: `9:48`, `1:02:03`, and `0:00` when it is over. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / SECOND));
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
