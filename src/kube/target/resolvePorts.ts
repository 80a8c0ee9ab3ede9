import { CodedError } from '../../base/errors.ts';
import { checkLocalPorts, type DeclaredPort, type PortPair } from '../../kinds/ports.ts';
import type { Pod, Service } from '../cluster/resources.ts';
import { containerPorts } from './declaredPorts.ts';
import type { PortRequest } from './portRequest.ts';

type ServicePort = NonNullable<NonNullable<Service['spec']>['ports']>[number];

/**
 * Resolves requested ports to port numbers of a pod. Accepts numbers that the pod does not declare, because a program
 * can also listen on an undeclared port.
 * @throws CodedError `PORT_NAME_NOT_FOUND`, `UDP_NOT_SUPPORTED`, `DUPLICATE_LOCAL_PORT`
 */
export function resolvePodPorts(pod: Pod, requests: readonly PortRequest[]): PortPair[] {
  const target = `pod "${pod.metadata?.name}"`;
  const ports = containerPorts(pod.spec);
  return checked(
    requests.map(({ local, remote }) => {
      const number = typeof remote === 'number' ? remote : containerPortByName(pod, remote).number;
      if (isUdpOnly(ports.filter((port) => port.number === number))) {
        throw new CodedError('UDP_NOT_SUPPORTED', { port: remote, target });
      }
      return { local: local === 'same' ? number : local, remote: number };
    }),
  );
}

/**
 * Resolves ports of a service to ports of its pod, as kubectl does. A requested number is a port of the service, not of
 * the pod. If a request gives no local port, the local port is the port of the service.
 * @throws CodedError `PORT_NAME_NOT_FOUND`, `SERVICE_PORT_NOT_FOUND`, `UDP_NOT_SUPPORTED`, `DUPLICATE_LOCAL_PORT`
 */
export function resolveServicePorts(
  service: Service,
  pod: Pod,
  requests: readonly PortRequest[],
): PortPair[] {
  return checked(
    requests.map(({ local, remote }) => {
      const port = findServicePort(service, remote);
      return { local: local === 'same' ? port.port : local, remote: targetPort(service, port, pod) };
    }),
  );
}

/**
 * Throws if the service does not have a requested port. Called before the wait for a pod, so that the user gets the
 * error without this wait.
 */
export function checkServicePorts(service: Service, requests: readonly PortRequest[]): void {
  for (const { remote } of requests) findServicePort(service, remote);
}

function findServicePort(service: Service, remote: number | string): ServicePort {
  const target = `service "${service.metadata?.name}"`;
  const ports = service.spec?.ports ?? [];
  const matching = ports.filter((port) =>
    typeof remote === 'number' ? port.port === remote : port.name === remote,
  );
  const [found] = matching;
  if (found === undefined) {
    const known = listKnown(ports.map(({ name, port }) => (name ? `${port} ("${name}")` : String(port))));
    const code = typeof remote === 'number' ? 'SERVICE_PORT_NOT_FOUND' : 'PORT_NAME_NOT_FOUND';
    throw new CodedError(code, { target, port: remote, known });
  }
  if (isUdpOnly(matching)) throw new CodedError('UDP_NOT_SUPPORTED', { port: remote, target });
  return matching.find(({ protocol = 'TCP' }) => protocol === 'TCP') ?? found;
}

function targetPort(service: Service, port: ServicePort, pod: Pod): number {
  // Like kubectl, uses the port number of a headless service as the port of the pod, and ignores `targetPort`.
  if (service.spec?.clusterIP === 'None') return port.port;
  const { targetPort: target } = port;
  if (typeof target === 'string') return containerPortByName(pod, target).number;
  return target || port.port;
}

function containerPortByName(pod: Pod, name: string): DeclaredPort {
  const ports = containerPorts(pod.spec);
  const named = ports.filter((port) => port.name === name);
  const found = named.find(({ protocol }) => protocol === 'TCP') ?? named[0];
  if (found !== undefined) return found;
  const known = ports.filter((port) => port.name).map((port) => `"${port.name}" (${port.number})`);
  throw new CodedError('PORT_NAME_NOT_FOUND', {
    target: `pod "${pod.metadata?.name}"`,
    port: name,
    known: listKnown(known),
  });
}

function isUdpOnly(ports: readonly { readonly protocol?: string }[]): boolean {
  return ports.length > 0 && ports.every(({ protocol }) => protocol === 'UDP');
}

function listKnown(known: readonly string[]): string {
  return known.length === 0 ? 'none' : known.join(', ');
}

function checked(pairs: PortPair[]): PortPair[] {
  checkLocalPorts(pairs.map(({ local }) => local));
  return pairs;
}
