/**
 * The transports, named after the protocol that the client requests from the API server: see
 * `src/portforward/transport`.
 */
export type TransportName = 'spdy' | 'websocket' | 'channel';

/** All transports. */
export const TRANSPORTS = ['spdy', 'websocket', 'channel'] as const satisfies readonly TransportName[];
