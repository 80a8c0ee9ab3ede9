import type { KnownPort } from '../../kinds/portProtocol.ts';
import type { ForwardSnapshot } from '../../rpc/forwardsContract.ts';

/** Returns what is known about the port of a forward, from which `portProtocol.ts` guesses the protocol. */
export function knownPort({ specification, remotePort: podPort }: ForwardSnapshot): KnownPort {
  const { remotePort, portName, appProtocol } = specification;
  return {
    appProtocol,
    name: typeof remotePort === 'string' ? remotePort : portName,
    numbers: [remotePort, podPort].filter((port) => typeof port === 'number'),
  };
}
