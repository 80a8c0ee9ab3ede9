/** The ways into a pod, by the protocol that the API server is asked for: see `src/portforward/transport`. */
export const TRANSPORTS = ['spdy', 'websocket', 'channel'] as const;

export type TransportName = (typeof TRANSPORTS)[number];
