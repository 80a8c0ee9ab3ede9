export const MAX_PORT = 65_535;

/**
 * The pattern of a port's name: that of a service's is a DNS label (RFC 1123), that of a container's is shorter (RFC 6335). A name
 * has a letter, so that it is never taken for a number.
 */
export const PORT_NAME_PATTERN = '^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$';

const PORT_NAME = new RegExp(PORT_NAME_PATTERN);

export function isPortName(text: string): boolean {
  return PORT_NAME.test(text);
}

/** Whether a value is a port number. @param minimum 0 where that stands for any free port */
export function isPort(value: unknown, minimum: 0 | 1): value is number {
  return Number.isInteger(value) && Number(value) >= minimum && Number(value) <= MAX_PORT;
}

/** Reads a number from 0 to 65535 in digits, as Go's `ParseUint` does: zeros may lead. Undefined for any other text. */
export function parsePortNumber(text: string): number | undefined {
  return /^\d+$/.test(text) && isPort(Number(text), 0) ? Number(text) : undefined;
}
