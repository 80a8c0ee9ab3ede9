/** The transports, named by the protocol that the API server is asked for: see `src/portforward/transport`. */
export type TransportName = 'spdy' | 'websocket' | 'channel';

/** All transports. */
export const TRANSPORTS = ['spdy', 'websocket', 'channel'] as const satisfies readonly TransportName[];
