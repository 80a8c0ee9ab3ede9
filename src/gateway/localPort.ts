import type { LocalPort } from '../session/bindLocalPorts.ts';

const USUAL_PORT = 8_900;

/** Returns the local port of a gateway: exactly the requested one, or 8900 and another if 8900 is taken. */
export function gatewayLocalPort(port: number | undefined): LocalPort {
  return port === undefined ? { mode: 'preferred', port: USUAL_PORT } : { mode: 'exact', port };
}
