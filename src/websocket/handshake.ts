import { createHash, randomBytes } from 'node:crypto';

// The constant that a server hashes together with the client's key, to prove that it speaks WebSocket (RFC 6455
// section 1.3).
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * Returns the headers of a request for a WebSocket with one of the subprotocols (RFC 6455 section 4.1). The caller adds
 * the headers `Connection` and `Upgrade`.
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
 * Returns the header `Sec-WebSocket-Accept` with which a server answers the key `Sec-WebSocket-Key` (RFC 6455 section
 * 4.2.2).
 */
export function acceptKey(key: string): string {
  return createHash('sha1')
    .update(key + HANDSHAKE_GUID)
    .digest('base64');
}
