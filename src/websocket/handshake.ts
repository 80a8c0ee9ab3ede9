import { createHash, randomBytes } from 'node:crypto';

// RFC 6455 section 1.3: proves that a server understood the handshake.
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/**
 * The headers that request a WebSocket with one of the subprotocols (section 4.1), in addition to `Connection` and
 * `Upgrade`.
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

/** The server's answer to a key, in `Sec-WebSocket-Accept` (section 4.2.2). */
export function acceptKey(key: string): string {
  return createHash('sha1')
    .update(key + HANDSHAKE_GUID)
    .digest('base64');
}
