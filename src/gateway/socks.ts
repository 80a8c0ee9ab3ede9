import { isIPv6 } from 'node:net';
import { shortestIPv6 } from '../base/address.ts';
import type { CodedError } from '../base/errors.ts';
import { type Parsed, refused } from './headReader.ts';

// Parses and formats messages of SOCKS 5 (RFC 1928) with user and password (RFC 1929). All numbers come from these
// RFCs.

export const SOCKS_VERSION = 0x05;
const NO_AUTHENTICATION = 0x00;
const USER_AND_PASSWORD = 0x02;
const NO_ACCEPTABLE_METHOD = 0xff;
const AUTHENTICATION_VERSION = 0x01;
const CONNECT = 0x01;

const ADDRESS_TYPE = { ipv4: 0x01, name: 0x03, ipv6: 0x04 } as const;

/** The reply codes of RFC 1928 section 6. */
export const SOCKS_REPLY = {
  succeeded: 0x00,
  failure: 0x01,
  notAllowed: 0x02,
  networkUnreachable: 0x03,
  hostUnreachable: 0x04,
  refused: 0x05,
  commandNotSupported: 0x07,
  addressTypeNotSupported: 0x08,
} as const;

export type SocksReply = (typeof SOCKS_REPLY)[keyof typeof SOCKS_REPLY];

/** How a SOCKS client authenticates; undefined if it offers only methods that the gateway does not support. */
export type SocksMethod = 'none' | 'password' | undefined;

/**
 * Parses the first message of a SOCKS client, which lists authentication methods. The value is the best supported
 * method; undefined if none is supported.
 */
export function parseGreeting(bytes: Buffer): Parsed<SocksMethod> | undefined {
  const count = bytes[1];
  if (count === undefined || bytes.length < 2 + count) return undefined;
  const offered = bytes.subarray(2, 2 + count);
  const consumed = 2 + count;
  if (offered.includes(USER_AND_PASSWORD)) return { value: 'password', consumed };
  return { value: offered.includes(NO_AUTHENTICATION) ? 'none' : undefined, consumed };
}

const GREETING_ANSWERS = {
  none: Buffer.from([SOCKS_VERSION, NO_AUTHENTICATION]),
  password: Buffer.from([SOCKS_VERSION, USER_AND_PASSWORD]),
  unsupported: Buffer.from([SOCKS_VERSION, NO_ACCEPTABLE_METHOD]),
};

/**
 * Returns the answer to the first message of a SOCKS client. The buffer is shared, so the caller must not change it.
 */
export function greetingAnswer(method: SocksMethod): Buffer {
  return GREETING_ANSWERS[method ?? 'unsupported'];
}

/**
 * Parses the message in which a SOCKS client sends its user name and password. The value is the password, which may be
 * empty: Java sends an empty password if it has none.
 * @throws CodedError `REQUEST_REFUSED` if the message is malformed
 */
export function parsePassword(bytes: Buffer): Parsed<string> | undefined {
  if (bytes.length > 0 && bytes[0] !== AUTHENTICATION_VERSION) throw malformed();
  const userLength = bytes[1];
  if (userLength === undefined) return undefined;
  const passwordLength = bytes[2 + userLength];
  if (passwordLength === undefined) return undefined;
  const end = 3 + userLength + passwordLength;
  if (bytes.length < end) return undefined;
  return { value: bytes.toString('utf8', 3 + userLength, end), consumed: end };
}

export function passwordAnswer(isAccepted: boolean): Buffer {
  return Buffer.from([AUTHENTICATION_VERSION, isAccepted ? 0 : 1]);
}

/** The request of a SOCKS client. */
export interface SocksRequest {
  /** Whether the command is CONNECT. False for BIND and UDP ASSOCIATE. */
  readonly isConnect: boolean;
  readonly host: string;
  readonly port: number;
}

/**
 * Parses the request of a SOCKS client; returns undefined while the request is incomplete.
 * @throws CodedError `REQUEST_REFUSED` if the request is malformed
 */
export function parseRequest(bytes: Buffer): Parsed<SocksRequest> | undefined {
  if (bytes.length > 0 && bytes[0] !== SOCKS_VERSION) throw malformed();
  const [, command, , type, first] = bytes;
  if (type === undefined || first === undefined) return undefined;
  const start = type === ADDRESS_TYPE.name ? 5 : 4;
  const end = start + addressLength(type, first);
  if (bytes.length < end + 2) return undefined;
  const host = formatHost(type, bytes.subarray(start, end));
  const value = { isConnect: command === CONNECT, host, port: bytes.readUInt16BE(end) };
  return { value, consumed: end + 2 };
}

/**
 * Returns the answer to a request. Contains 0.0.0.0:0 as the bound address, as OpenSSH does, because a program that
 * sends CONNECT does not use this address.
 */
export function requestAnswer(reply: SocksReply): Buffer {
  return Buffer.from([SOCKS_VERSION, reply, 0, ADDRESS_TYPE.ipv4, 0, 0, 0, 0, 0, 0]);
}

function addressLength(type: number, first: number): number {
  switch (type) {
    case ADDRESS_TYPE.ipv4:
      return 4;
    case ADDRESS_TYPE.ipv6:
      return 16;
    case ADDRESS_TYPE.name:
      return first;
    default:
      throw malformed();
  }
}

function formatHost(type: number, bytes: Buffer): string {
  if (type === ADDRESS_TYPE.ipv4) return bytes.join('.');
  if (type === ADDRESS_TYPE.name) return bytes.toString('latin1');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16));
  const address = groups.join(':');
  // Uses the shortest notation, as Kubernetes does, so that the address can be compared with the addresses of services
  // and pods.
  return isIPv6(address) ? shortestIPv6(address) : address;
}

function malformed(): CodedError {
  return refused('it is not a SOCKS 5 request');
}
