// The protocols are implemented in `src/portforward/transport`.
export const TRANSPORTS = ['spdy', 'websocket', 'channel'] as const;
/**
 * The protocol between a forward and the API server: SPDY (`spdy`), SPDY in a WebSocket (`websocket`), or a WebSocket
 * for each connection of a local client (`channel`).
 */
export type TransportName = (typeof TRANSPORTS)[number];
