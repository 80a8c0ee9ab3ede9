import { type RequestForm, SMALL_PATH } from './smallRequest.ts';

/**
 * The ways in which a client can reach a service by name: a SOCKS 5 proxy, a tunnel through an HTTP proxy (CONNECT),
 * and a name below `localhost`.
 */
export const NAME_WAYS = ['socks', 'connect', 'localhost'] as const;
export type NameWay = (typeof NAME_WAYS)[number];

/**
 * The ways that begin with a handshake with the proxy. The handshake of SOCKS 5 has two messages with answers. The
 * handshake of a tunnel through an HTTP proxy has one message with an answer.
 */
export const HANDSHAKE_WAYS: readonly NameWay[] = ['socks', 'connect'];

const PORT = 80;

/**
 * Returns a small request to a service by name, and the handshake with the proxy before the request. In the handshake,
 * the client must wait for each answer of the proxy.
 */
export function requestByName(way: NameWay, service: string): RequestForm {
  const host = way === 'localhost' ? `${service}.localhost` : service;
  const request = `GET ${SMALL_PATH} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
  switch (way) {
    case 'localhost':
      return { request };
    case 'connect': {
      const send = Buffer.from(`CONNECT ${host}:${PORT} HTTP/1.1\r\nHost: ${host}:${PORT}\r\n\r\n`);
      return {
        request,
        handshake: [{ send, answer: Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n') }],
      };
    }
    case 'socks':
      // The messages of SOCKS 5 (RFC 1928 sections 3, 4 and 6): no authentication, then CONNECT to a name, then
      // success.
      return {
        request,
        handshake: [
          { send: Buffer.from([5, 1, 0]), answer: Buffer.from([5, 0]) },
          {
            send: Buffer.concat([
              Buffer.from([5, 1, 0, 3, host.length]),
              Buffer.from(host),
              Buffer.from([0, PORT]),
            ]),
            answer: Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
          },
        ],
      };
  }
}
