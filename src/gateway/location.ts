import { CodedError } from '../base/errors.ts';
import { LOCALHOST, type PortReference, serviceName } from '../kinds/localhostName.ts';
import { isPort } from '../kinds/ports.ts';
import type { Pod, Service } from '../kube/cluster/resources.ts';
import { requireLabelSelector } from '../kube/target/labelSelector.ts';
import { isCompleted, isReady, isRunning, isTerminating } from '../kube/target/podState.ts';
import { checkServicePorts } from '../kube/target/resolvePorts.ts';
import { type NameReading, type NameScope, readName } from './names.ts';
import type { NamespaceDirectory } from './namespaceDirectory.ts';
import { anyPort, hasPortName, podPort, portNumber, portOfPod, requiredPort } from './requestedPort.ts';
import { unknownName, unknownService } from './unknownName.ts';

/** A pod that can serve connections, and the pod's port to connect to. */
export interface PodEndpoint {
  readonly pod: Pod;
  readonly port: number;
  readonly directory: NamespaceDirectory;
}

/** The pods to which a name and a port resolve now. */
export interface Location {
  /**
   * The requested service or pod: `demo/web` or `demo/pod/web-0`. The gateway counts the open connections for each key.
   */
  readonly key: string;
  /**
   * The name under which the request log shows a connection. If the local client requested a pod by its IP address,
   * this is the name of the pod (`web-1.demo`). Otherwise, this is the name of the requested service (`web.demo`), even
   * if the client requested one of the service's pods by name (`web-1.web.demo`).
   */
  readonly service: string;
  /**
   * The pods that can serve a connection now. Usually, these are the Ready pods. If the service publishes pods that are
   * not Ready (`publishNotReadyAddresses`), it is enough that a pod is running.
   */
  readonly endpoints: readonly PodEndpoint[];
  /**
   * Whether a pod may become ready: a pod exists that has not completed, or the list of the pods has not arrived yet.
   * If false, the gateway refuses a connection after a short wait, in which a new pod may replace a deleted pod.
   */
  readonly mayCome: boolean;
  /** Whether all connections to the service should reach the same pod (`sessionAffinity` of the service). */
  readonly isSticky: boolean;
  /** The error to report if no pod can serve the connection. */
  readonly problem: CodedError;
}

export type Directories = ReadonlyMap<string, NamespaceDirectory>;

/**
 * Finds the pods to which a name resolves.
 * @param port undefined for a name from a browser, which may itself contain the port: `p8080.web.demo.localhost`
 * @throws CodedError `NAME_OUTSIDE`, `NAME_UNKNOWN`, `PORT_NOT_CHOSEN`, `SERVICE_PORT_NOT_FOUND`,
 *   `PORT_NAME_NOT_FOUND`, `UDP_NOT_SUPPORTED`, `SERVICE_WITHOUT_SELECTOR`, `SERVICE_IS_EXTERNAL`
 */
export function locateName(
  host: string,
  port: number | undefined,
  directories: Directories,
  scope: NameScope,
): Location {
  const readings = readName(host, scope);
  for (const reading of readings) {
    const found = match(reading, port, directories);
    if (found !== undefined) return found;
  }
  const expected = readings.map((reading) => expectedPod(reading, host, directories));
  const missingPod = expected.find((location) => location !== undefined);
  if (missingPod !== undefined) return missingPod;
  throw unknownName(host, readings, directories);
}

/**
 * Returns whether a name or address that was not found may belong to a service or pod in one of the namespaces. The
 * name or address may then still appear in the list of a namespace that has not arrived yet.
 */
export function mayBeInside(host: string, directories: Directories, scope: NameScope): boolean {
  return readName(host, scope).some(
    (reading) => reading.type === 'address' || directories.has(reading.namespace),
  );
}

function match(
  reading: NameReading,
  port: number | undefined,
  directories: Directories,
): Location | undefined {
  switch (reading.type) {
    case 'address':
      return matchAddress(reading.address, port, directories);
    case 'podAddress': {
      const directory = directories.get(reading.namespace);
      const pods = [...(directory?.pods ?? [])].filter((each) => dashed(each) === reading.address);
      const pod = podInUse(pods);
      return pod && directory && podLocation({ directory, pod, port: port ?? portOfPod(pod, reading.port) });
    }
    case 'service':
    case 'pod': {
      const directory = directories.get(reading.namespace);
      const service = directory?.services.get(reading.service);
      if (directory === undefined || service === undefined) return undefined;
      if (typeof reading.port === 'string' && !hasPortName(service, reading.port)) return undefined;
      const chosen = port ?? reading.port;
      return reading.type === 'service'
        ? serviceLocation(directory, service, chosen)
        : matchPod(directory, service, reading.host, chosen);
    }
  }
}

function matchPod(
  directory: NamespaceDirectory,
  service: Service,
  host: string,
  port: PortReference | undefined,
): Location | undefined {
  const pods = directory
    .podsOf(service)
    .filter((each) => (each.spec?.hostname ?? each.metadata.name) === host || dashed(each) === host);
  const pod = podInUse(pods, isPublished(service));
  // If the service has no such pod, the name may have another meaning, which the caller tries next. So this function
  // must return before it calls `requiredPort`, which throws if the service has no default port.
  if (pod === undefined) return undefined;
  const chosen = port ?? requiredPort(service, host);
  // Throws `UDP_NOT_SUPPORTED` if the named port uses UDP.
  if (typeof chosen === 'string') checkServicePorts(service, [{ local: 0, remote: chosen }]);
  const number = typeof chosen === 'string' ? portNumber(service, chosen) : chosen;
  return podLocation({ directory, pod, port: number, service });
}

function matchAddress(
  address: string,
  port: number | undefined,
  directories: Directories,
): Location | undefined {
  const directoryOf = new Map<Pod, NamespaceDirectory>();
  for (const directory of directories.values()) {
    const service = [...directory.services.values()].find(({ spec }) => spec?.clusterIP === address);
    if (service !== undefined) return serviceLocation(directory, service, port);
    for (const pod of directory.pods) if (pod.status?.podIP === address) directoryOf.set(pod, directory);
  }
  const pod = podInUse([...directoryOf.keys()]);
  const directory = pod && directoryOf.get(pod);
  return directory && podLocation({ directory, pod, port });
}

/**
 * Several pods can have the same address or hostname. A completed pod keeps its address, although Kubernetes may give
 * the address to another pod. All pods in the network of a node (`hostNetwork`) have the address of the node. All pods
 * of a Deployment with a `hostname` have this hostname. Returns the first of the pods that can serve connections, or
 * else the first that has not completed, or else the first of all.
 */
function podInUse(pods: readonly Pod[], isPodPublished = false): Pod | undefined {
  return pods.find((pod) => serves(pod, isPodPublished)) ?? pods.find((pod) => !isCompleted(pod)) ?? pods[0];
}

function serviceLocation(
  directory: NamespaceDirectory,
  service: Service,
  port: PortReference | undefined,
): Location {
  const { namespace } = directory;
  const { name } = service.metadata;
  requireLabelSelector({ kind: 'service', name }, namespace, service);
  const chosen = port ?? requiredPort(service);
  // Accepts every port number for a headless service: in the cluster, programs connect directly to the pods of such a
  // service, so the number is a port of the pod.
  const isAnyPort = service.spec?.clusterIP === 'None' && typeof chosen === 'number';
  const request = [{ local: 0, remote: chosen }];
  if (!isAnyPort) checkServicePorts(service, request);
  const pods = directory.podsOf(service);
  const endpoints = pods
    .filter((pod) => serves(pod, isPublished(service)))
    .flatMap((pod) => {
      const number = isAnyPort ? chosen : podPort(service, pod, chosen);
      return number === undefined ? [] : [{ pod, port: number, directory }];
    });
  return {
    key: `${namespace}/${name}`,
    service: serviceName({ name, namespace }),
    endpoints,
    mayCome: isListing(directory) || pods.some((pod) => !isCompleted(pod)),
    isSticky: service.spec?.sessionAffinity === 'ClientIP',
    problem:
      listProblem(directory) ?? new CodedError('NO_ENDPOINTS', { target: `service "${name}"`, namespace }),
  };
}

/**
 * Returns whether the first lists of the namespace have not arrived yet. A pod that was not found may be in these
 * lists.
 */
function isListing({ isLoaded, error }: NamespaceDirectory): boolean {
  return !isLoaded && error === undefined;
}

/**
 * If an error is the reason why the namespace has never been listed, returns this error; otherwise undefined. As long
 * as the namespace has not been listed, a pod that was not found may exist.
 */
function listProblem({ isLoaded, error }: NamespaceDirectory): CodedError | undefined {
  return isLoaded ? undefined : error;
}

interface NamedPod {
  readonly directory: NamespaceDirectory;
  readonly pod: Pod;
  readonly port: number | undefined;
  /**
   * The service in the requested name of the pod: `db` in `db-0.db.demo`. Missing if the pod was requested by its
   * address.
   */
  readonly service?: Service;
}

function podLocation({ directory, pod, port, service }: NamedPod): Location {
  const { namespace } = directory;
  const { name } = pod.metadata;
  if (!isPort(port, 1)) {
    const known = anyPort(`${dashed(pod)}.${namespace}.pod.${LOCALHOST}`);
    throw new CodedError('PORT_NOT_CHOSEN', { target: `pod "${name}"`, known });
  }
  return {
    key: `${namespace}/pod/${name}`,
    service: serviceName({ name: service?.metadata.name ?? name, namespace }),
    endpoints: serves(pod, service !== undefined && isPublished(service)) ? [{ pod, port, directory }] : [],
    mayCome: !isCompleted(pod),
    isSticky: false,
    problem: new CodedError('NO_ENDPOINTS', { target: `pod "${name}"`, namespace }),
  };
}

/**
 * If a headless service exists, but not the requested pod of this service, returns a location without pods, so that
 * connections wait for the pod: while a StatefulSet replaces a pod, the pod does not exist for a short time. Returns
 * undefined in all other cases.
 */
function expectedPod(reading: NameReading, host: string, directories: Directories): Location | undefined {
  if (reading.type !== 'pod') return undefined;
  const { namespace } = reading;
  const directory = directories.get(namespace);
  const service = directory?.services.get(reading.service);
  if (directory === undefined || service?.spec?.clusterIP !== 'None') return undefined;
  return {
    key: `${namespace}/pod/${reading.host}`,
    service: serviceName({ name: reading.service, namespace }),
    endpoints: [],
    mayCome: isListing(directory),
    isSticky: false,
    problem: listProblem(directory) ?? unknownService(host, directories),
  };
}

function isPublished({ spec }: Service): boolean {
  return spec?.publishNotReadyAddresses === true;
}

function serves(pod: Pod, isPodPublished: boolean): boolean {
  return isPodPublished ? isRunning(pod) : isReady(pod) && !isTerminating(pod);
}

function dashed({ status }: Pod): string | undefined {
  return status?.podIP?.toLowerCase().replace(/[.:]/g, '-');
}
