import { CodedError, isCoded } from '../base/errors.ts';
import { localhostName, type PortReference } from '../kinds/localhostName.ts';
import type { Pod, Service } from '../kube/cluster/resources.ts';
import { servicePorts } from '../kube/target/declaredPorts.ts';
import { resolvePodPorts, resolveServicePorts } from '../kube/target/resolvePorts.ts';

// Finds the port of a service or pod for a connection. The local client may request a port by number or name, or
// request none.

/**
 * Returns the ports of a service to which connections can be forwarded. These are the TCP ports, because the Kubernetes
 * API forwards no other protocol.
 */
function tcpPorts(service: Service) {
  return servicePorts(service).filter(({ protocol }) => protocol === 'TCP');
}

/**
 * Returns the port of a service for a name that contains no port, such as `web.demo.localhost`: the port for HTTP, else
 * port 80, else the only TCP port. Undefined if the service has none of these ports.
 */
export function defaultPort(service: Service): number | undefined {
  const ports = tcpPorts(service);
  const chosen =
    ports.find(({ appProtocol }) => appProtocol?.toLowerCase() === 'http') ??
    ports.find(({ name }) => name === 'http') ??
    ports.find(({ number }) => number === 80) ??
    (ports.length === 1 ? ports[0] : undefined);
  return chosen?.number;
}

/**
 * Returns the {@link defaultPort} of a service.
 * @param podHost the requested pod of the service: `db-0` in `db-0.db.demo`. Undefined if the service was requested
 * @throws CodedError `PORT_NOT_CHOSEN` if the service has no default port; `UDP_NOT_SUPPORTED` if it accepts only UDP
 */
export function requiredPort(service: Service, podHost?: string): number {
  const port = defaultPort(service);
  if (port !== undefined) return port;
  const { name, namespace } = service.metadata;
  const target = `service "${name}"`;
  const known = tcpPorts(service).map((each) =>
    each.name === undefined ? each.number : `${each.number} (${each.name})`,
  );
  if (known.length > 0) throw new CodedError('PORT_NOT_CHOSEN', { target, known: known.join(', ') });
  const [other] = servicePorts(service);
  // A pod or a headless service accepts any port number, so its UDP port is no reason to give up.
  const isAnyPort = podHost !== undefined || service.spec?.clusterIP === 'None';
  if (other !== undefined && !isAnyPort)
    throw new CodedError('UDP_NOT_SUPPORTED', { port: other.number, target });
  const ownName = localhostName({ namespace: namespace ?? '', service: name });
  const requested = podHost === undefined ? ownName : `${podHost}.${ownName}`;
  throw new CodedError('PORT_NOT_CHOSEN', { target, known: anyPort(requested) });
}

/**
 * Describes, for `PORT_NOT_CHOSEN`, how a browser names a port of a pod or headless service, which accept any port.
 * @param host the name of the pod or service below `localhost`
 */
export function anyPort(host: string): string {
  return `p8080.${host} for port 8080`;
}

/** Returns the number of the TCP port of a service with this name. Undefined if the service has no such port. */
export function portNumber(service: Service, name: string): number | undefined {
  return tcpPorts(service).find((port) => port.name === name)?.number;
}

/** Returns whether a service has a port with this name, of any protocol. */
export function hasPortName(service: Service, name: string): boolean {
  return servicePorts(service).some((port) => port.name === name);
}

/**
 * Returns the pod's port for a port of the service. Returns undefined if the service refers to a port name that this
 * pod does not have: pods of two versions of a workload may name their ports differently.
 */
export function podPort(service: Service, pod: Pod, port: PortReference): number | undefined {
  try {
    return resolveServicePorts(service, pod, [{ local: 0, remote: port }])[0]?.remote;
  } catch (error) {
    if (isCoded(error, 'PORT_NAME_NOT_FOUND')) return undefined;
    throw error;
  }
}

/**
 * Returns the number of a pod's port, which may be given by its name. Undefined if no port is given.
 * @throws CodedError `PORT_NAME_NOT_FOUND`
 */
export function portOfPod(pod: Pod, port: PortReference | undefined): number | undefined {
  return port === undefined ? undefined : resolvePodPorts(pod, [{ local: 0, remote: port }])[0]?.remote;
}
