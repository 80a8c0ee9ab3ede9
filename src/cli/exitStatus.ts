import type { CodedError, ErrorCode } from '../base/errors.ts';

export const EXIT_STOPPED = 0;
export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

/** The errors of a wrong command line. They do not depend on the cluster, or on what runs on this machine. */
const USAGE_CODES: readonly ErrorCode[] = [
  'USAGE',
  'INVALID_PORT',
  'INVALID_TARGET',
  'INVALID_SELECTOR',
  'NAME_NOT_LOWER_CASE',
  'INVALID_ADDRESS',
  'DUPLICATE_LOCAL_PORT',
];

/** Returns the exit status of a command that ends with this error. */
export function failureStatus({ code }: CodedError): number {
  return USAGE_CODES.includes(code) ? EXIT_USAGE : EXIT_FAILED;
}
