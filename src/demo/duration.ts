const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/**
 * Formats a duration in milliseconds as kubectl prints ages (`12s`, `5m3s`, `2d4h`). Follows apimachinery's
 * `HumanDuration`.
 */
export function humanDuration(milliseconds: number): string {
  if (milliseconds < -SECOND) return '<invalid>';
  const age = Math.max(0, milliseconds);
  if (age < 2 * MINUTE) return `${Math.floor(age / SECOND)}s`;
  if (age < 10 * MINUTE) return two(age, MINUTE, 'm', SECOND, 's');
  if (age < 3 * HOUR) return `${Math.floor(age / MINUTE)}m`;
  if (age < 8 * HOUR) return two(age, HOUR, 'h', MINUTE, 'm');
  if (age < 2 * DAY) return `${Math.floor(age / HOUR)}h`;
  if (age < 8 * DAY) return two(age, DAY, 'd', HOUR, 'h');
  if (age < 2 * YEAR) return `${Math.floor(age / DAY)}d`;
  if (age < 8 * YEAR) return two(age, YEAR, 'y', DAY, 'd');
  return `${Math.floor(age / YEAR)}y`;
}

/** Formats a time as Kubernetes does: RFC 3339 in whole seconds. */
export function timestamp(date: Date = new Date()): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

function two(age: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((age % large) / small);
  const first = `${Math.floor(age / large)}${largeUnit}`;
  return rest === 0 ? first : `${first}${rest}${smallUnit}`;
}
