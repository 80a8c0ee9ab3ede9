import type { LocalPort } from '../kinds/ports.ts';

/** The port of a gateway for which no port is requested. */
export const USUAL_PORT = 8_900;

/**
 * Returns the local port of a gateway: exactly the requested port. If `port` is undefined, returns 8900. If 8900 is in
 * use, the gateway then listens on another port.
 */
export function gatewayLocalPort(port: number | undefined): LocalPort {
  return port === undefined ? { mode: 'preferred', port: USUAL_PORT } : { mode: 'exact', port };
}
