import { CodedError } from '../base/errors.ts';

export const MAX_PORT = 65_535;
/** On Unix, only root and programs with a special permission can listen on ports below this number. */
export const FIRST_UNPRIVILEGED_PORT = 1024;
/** Added to a port that only root may use, to get a similar port that every user may use: 80 becomes 8080. */
export const UNPRIVILEGED_OFFSET = 8000;

/**
 * The pattern of a port name. The name of a service's port is a DNS label (RFC 1123, 63 characters). The name of a
 * container's port has at most 15 characters (RFC 6335), and matches the same pattern. The pattern requires a letter,
 * so that a number is never a name.
 */
export const PORT_NAME_PATTERN = '^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$';

const PORT_NAME = new RegExp(PORT_NAME_PATTERN);

export function isPortName(text: string): boolean {
  return PORT_NAME.test(text);
}

/** Returns true if the value is a port number. @param minimum 0 to accept 0, which means any free port */
export function isPort(value: unknown, minimum: 0 | 1): value is number {
  return Number.isInteger(value) && Number(value) >= minimum && Number(value) <= MAX_PORT;
}

/**
 * Parses a decimal number from 0 to 65535. Allows leading zeros, as kubectl does. Returns undefined for any other text.
 */
export function parsePortNumber(text: string): number | undefined {
  return /^\d+$/.test(text) && isPort(Number(text), 0) ? Number(text) : undefined;
}

/** Returns true if the value is a port of a target: a number from 1 to 65535, or a name. */
export function isRemotePort(value: unknown): value is number | string {
  return isPort(value, 1) || (typeof value === 'string' && isPortName(value));
}

/** Parses a port of a target: a number from 1 to 65535, or a name. Returns undefined for any other text. */
export function parseRemotePort(text: string): number | string | undefined {
  const port = parsePortNumber(text) ?? text;
  return isRemotePort(port) ? port : undefined;
}

/**
 * Checks that no local port is used twice, except 0, which means any free port.
 * @throws CodedError `DUPLICATE_LOCAL_PORT`
 */
export function checkLocalPorts(ports: readonly number[]): void {
  const twice = ports.find((port, index) => port !== 0 && ports.indexOf(port) < index);
  if (twice !== undefined) throw new CodedError('DUPLICATE_LOCAL_PORT', { port: twice });
}

/** A pair of ports: connections to the local port are forwarded to the remote port, which is a port of the pod. */
export interface PortPair {
  /** 0 means any free port. */
  readonly local: number;
  readonly remote: number;
}

/**
 * A local port to listen on. If the port is in use, mode `exact` fails and mode `preferred` uses another port. Port 0
 * means any free port.
 */
export interface LocalPort {
  readonly mode: 'exact' | 'preferred';
  readonly port: number;
}

/** An address that a forward listens on. */
export interface LocalAddress {
  /** An IP address: `127.0.0.1`, `::1`. */
  readonly address: string;
  readonly localPort: number;
}

/** A local address. Connections to this address are forwarded to `remotePort`, which is a port of the pod. */
export interface BoundAddress extends LocalAddress {
  /**
   * 0 until the forward is connected to a pod for the first time, because the number of a port that was requested by
   * name is not known earlier.
   */
  readonly remotePort: number;
}

/** A port that a pod or a service declares. */
export interface DeclaredPort {
  readonly name?: string;
  readonly number: number;
  readonly protocol: string;
  /** The name of the container that declares the port. Missing for a port that a service declares. */
  readonly container?: string;
  /** The `appProtocol` that a service declares for the port, such as `https`. Missing for a port of a pod. */
  readonly appProtocol?: string;
}
