import { MINUTE_MS, SECOND_MS } from '../../base/quantities.ts';

const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/**
 * Returns an age as kubectl does: `42s`, `12m`, `7h`, `3d`. Empty if `createdAt` is invalid.
 * @param createdAt a timestamp as Kubernetes writes it: `2026-01-31T12:00:00Z`
 * @param now the current time in milliseconds since the epoch
 */
export function formatAge(createdAt: string, now: number): string {
  const age = now - Date.parse(createdAt);
  if (Number.isNaN(age)) return '';
  if (age < 2 * MINUTE_MS) return `${Math.max(0, Math.floor(age / SECOND_MS))}s`;
  if (age < 2 * HOUR_MS) return `${Math.floor(age / MINUTE_MS)}m`;
  if (age < 2 * DAY_MS) return `${Math.floor(age / HOUR_MS)}h`;
  return `${Math.floor(age / DAY_MS)}d`;
}

/** Returns the local time of day, such as `14:03:10`, with the date if it is not today. */
export function formatTime(epochMs: number, now: number = Date.now()): string {
  return timeFormatter(now)(epochMs);
}

/**
 * Returns a function that formats a time as {@link formatTime} does. To format many times, use one result for all of
 * them, because each call of this function creates an `Intl.DateTimeFormat`, which is slow.
 */
export function timeFormatter(now: number): (epochMs: number) => string {
  const { format } = new Intl.DateTimeFormat(undefined, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const today = new Date(now).toDateString();
  return (epochMs) => {
    const date = new Date(epochMs);
    return date.toDateString() === today ? format(date) : `${date.toLocaleDateString()} ${format(date)}`;
  };
}
