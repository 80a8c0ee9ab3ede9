import { CodedError } from '../base/errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Nobody waits longer, and Node's timers cannot: with 2^31 ms, 24.8 days, they fire at once. */
const LONGEST_MS = 20 * 24 * 3_600_000;

/**
 * Reads a duration as kubectl takes it: Go's (`90s`, `1m30s`), or a plain number of seconds. Milliseconds, 20 days at most.
 * @throws CodedError `USAGE`, naming the option
 */
export function parseDuration(option: string, text: string): number {
  return Math.min(parseMilliseconds(option, text), LONGEST_MS);
}

function parseMilliseconds(option: string, text: string): number {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    throw new CodedError('USAGE', {
      reason: `--${option} ${text} is no duration: write it like 30s, 2m or 1h`,
    });
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNIT_MS[unit ?? ''] ?? 0), 0);
}
