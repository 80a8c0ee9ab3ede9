/**
 * The transports of a tunnel: direct SPDY, SPDY in a WebSocket, or one WebSocket for each connection (`channel`). See
 * `src/portforward/transport`.
 */
export type TransportName = 'spdy' | 'websocket' | 'channel';

/** All transports. */
export const TRANSPORTS = ['spdy', 'websocket', 'channel'] as const satisfies readonly TransportName[];
