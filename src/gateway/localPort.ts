import type { LocalPort } from '../session/bindLocalPorts.ts';

const USUAL_PORT = 8_900;

/** Where a gateway listens: at the port that was asked for or none, else at 8900 or another. */
export function gatewayLocalPort(port: number | undefined): LocalPort {
  return port === undefined ? { mode: 'preferred', port: USUAL_PORT } : { mode: 'exact', port };
}
