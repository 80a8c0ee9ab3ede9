/**
 * The protocols between a forward and the API server: SPDY (`spdy`), SPDY in a WebSocket (`websocket`), or a WebSocket
 * for each connection of a local client (`channel`). See `src/portforward/transport`.
 */
export const TRANSPORTS = ['spdy', 'websocket', 'channel'] as const;
export type TransportName = (typeof TRANSPORTS)[number];
