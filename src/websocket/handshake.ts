import { createHash, randomBytes } from 'node:crypto';

// The constant that a server hashes together with the client's key, to prove that it speaks WebSocket (RFC 6455
// section 1.3).
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * Returns the headers of a request for a WebSocket (RFC 6455 section 4.1). The server chooses one of the subprotocols.
 * The caller must add the headers `Connection` and `Upgrade`.
 */
export function handshakeHeaders(
  subprotocols: readonly string[],
): Record<string, string> & { 'Sec-WebSocket-Key': string } {
  return {
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Protocol': subprotocols.join(','),
  };
}

/**
 * Returns the value of the response header `Sec-WebSocket-Accept` (RFC 6455 section 4.2.2).
 * @param key the value of the request header `Sec-WebSocket-Key`
 */
export function acceptKey(key: string): string {
  return createHash('sha1')
    .update(key + HANDSHAKE_GUID)
    .digest('base64');
}
