import { usage } from '../base/errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // Go accepts both the micro sign and the Greek letter mu.
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * The maximum duration that Go can represent, in milliseconds: Go counts nanoseconds in a signed 64-bit number. A
 * longer duration is an error, as in kubectl.
 */
const GO_LIMIT_MS = (2 ** 63 - 1) / 1e6;

const PART = /(\d+\.?\d*|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;

/**
 * Parses a duration as Go's `time.ParseDuration` does: `90s`, `1m30s`, `.5s`, `100us`, `0`. Returns milliseconds.
 * @param option the option's name for the error: `--pod-running-timeout`
 * @throws CodedError `USAGE`
 */
export function parseGoDuration(option: string, text: string): number {
  const [, sign, amount = ''] = /^([-+]?)(.*)$/s.exec(text) ?? [];
  const parts = [...amount.matchAll(PART)];
  const isComplete = parts.length > 0 && parts.map(([part]) => part).join('') === amount;
  const ms = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNIT_MS[unit ?? ''] ?? 0), 0);
  if ((!isComplete && amount !== '0') || ms > GO_LIMIT_MS) {
    throw usage(`${option}: invalid value "${text}": use a duration such as 30s`);
  }
  return sign === '-' ? -ms : ms;
}

/**
 * Parses a duration or a whole number of seconds, like kubectl's `--request-timeout`. Returns milliseconds. Like
 * kubectl, accepts a negative duration only with a unit.
 * @throws CodedError `USAGE`
 */
export function parseTimeout(option: string, text: string): number {
  return parseGoDuration(option, /^\+?\d+$/.test(text) ? `${text}s` : text);
}
