import type { LocalPort } from '../session/bindLocalPorts.ts';

const USUAL_PORT = 8_900;

/**
 * Returns the local port of a gateway: exactly the requested port. If none is requested, 8900, or another port if 8900
 * is in use.
 */
export function gatewayLocalPort(port: number | undefined): LocalPort {
  return port === undefined ? { mode: 'preferred', port: USUAL_PORT } : { mode: 'exact', port };
}
