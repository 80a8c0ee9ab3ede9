const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];
const STEP = 1000;

/**
 * Formats a number of bytes: `0 B`, `999 B`, `1.2 kB`, `34 MB`. Rounds down, to one decimal if the value is below 10.
 */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= STEP && unit < UNITS.length - 1) {
    value /= STEP;
    unit += 1;
  }
  const figures = unit === 0 || value >= 10 ? Math.floor(value) : Math.floor(value * 10) / 10;
  return `${figures} ${UNITS[unit]}`;
}

export const SECOND_MS = 1000;
export const MINUTE_MS = 60 * SECOND_MS;

/** Formats a duration: `0.4 ms`, `12 ms`, `1.2 s`, `2 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < SECOND_MS) return `${Math.floor(ms)} ms`;
  if (ms < MINUTE_MS) return `${Math.floor(ms / 100) / 10} s`;
  return `${Math.floor(ms / MINUTE_MS)} min ${Math.floor((ms % MINUTE_MS) / SECOND_MS)} s`;
}
