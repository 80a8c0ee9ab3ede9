import { CodedError } from '../base/errors.ts';

export const MAX_PORT = 65_535;

/**
 * The pattern of a port name. A service's port name is a DNS label (RFC 1123); a container's is shorter (RFC 6335). A name contains a
 * letter, so it is never confused with a number.
 */
export const PORT_NAME_PATTERN = '^(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$';

const PORT_NAME = new RegExp(PORT_NAME_PATTERN);

export function isPortName(text: string): boolean {
  return PORT_NAME.test(text);
}

/** Returns true if a value is a port number. @param minimum 0 if 0 means any free port */
export function isPort(value: unknown, minimum: 0 | 1): value is number {
  return Number.isInteger(value) && Number(value) >= minimum && Number(value) <= MAX_PORT;
}

/** Reads a decimal number from 0 to 65535, with leading zeros allowed as in Go's `ParseUint`. Returns undefined for other texts. */
export function parsePortNumber(text: string): number | undefined {
  return /^\d+$/.test(text) && isPort(Number(text), 0) ? Number(text) : undefined;
}

/** @throws CodedError `DUPLICATE_LOCAL_PORT` */
export function checkLocalPorts(ports: readonly number[]): void {
  const twice = ports.find((port, index) => port !== 0 && ports.indexOf(port) < index);
  if (twice !== undefined) throw new CodedError('DUPLICATE_LOCAL_PORT', { port: twice });
}

/** A local port and the port of the pod that it leads to. */
export interface PortPair {
  /** 0 means any free port. */
  readonly local: number;
  readonly remote: number;
}

/** An address that a forward listens on. */
export interface LocalAddress {
  /** `127.0.0.1`, `::1` */
  readonly address: string;
  readonly localPort: number;
}

/** A local address, with the port of the pod that it leads to. */
export interface BoundAddress extends LocalAddress {
  readonly remotePort: number;
}

/** A port that a pod or a service declares. */
export interface DeclaredPort {
  readonly name?: string;
  readonly number: number;
  readonly protocol: string;
  /** The container that declares the port. */
  readonly container?: string;
  /** `http`, `https`, … if the cluster sets `appProtocol`. */
  readonly appProtocol?: string;
}
