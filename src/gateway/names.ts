import { isIP } from 'node:net';
import { LOCALHOST, type PortReference } from '../kinds/localhostName.ts';
import { isPort, isPortName } from '../kinds/ports.ts';

// Finds the possible meanings of a name, in the order in which the DNS resolver of a pod tries them (Kubernetes, "DNS
// for Services and Pods"): first with each domain of the search list, then as the name is written.

/** A possible meaning of a name. */
export type NameReading =
  | {
      readonly type: 'service';
      readonly namespace: string;
      readonly service: string;
      readonly port?: PortReference;
    }
  /**
   * A pod of a service. The name contains the pod's `hostname`, the name of the Pod object, or the pod's IP address
   * with dashes (`10-0-0-7`).
   */
  | {
      readonly type: 'pod';
      readonly namespace: string;
      readonly service: string;
      readonly host: string;
      readonly port?: PortReference;
    }
  /** A pod, named by its IP address with dashes instead of dots and colons. */
  | {
      readonly type: 'podAddress';
      readonly namespace: string;
      readonly address: string;
      readonly port?: PortReference;
    }
  /** The IP address of a service or a pod. */
  | { readonly type: 'address'; readonly address: string };

/** The namespaces and the context that determine what a name means. */
export interface NameScope {
  /** The namespaces in which short names such as `web` are searched, in this order. */
  readonly namespaces: readonly string[];
  /** The DNS label of the context in `*.localhost` names: `staging` in `web.demo.staging.localhost`. */
  readonly slug: string;
}

/**
 * The maximum length of a DNS name in characters; a longer name is invalid. RFC 1035 section 2.3.4 allows 255 octets.
 * Two of them have no character in the text: the length octet of the first label, and the empty label of the root.
 */
const MAX_NAME = 253;
const LABEL = /^[a-z0-9_](?:[-a-z0-9_]{0,61}[a-z0-9_])?$/;
/**
 * Matches a label that means a port number: `p8080`. The letter is necessary, because labels of digits alone are rare
 * and confusing in DNS.
 */
const PORT_LABEL = /^p(\d{1,5})$/;

/** Returns whether the name ends with `.localhost`, like the names that `localhostName` creates. */
export function isLocalhostName(host: string): boolean {
  return host.endsWith(`.${LOCALHOST}`);
}

/**
 * Returns the form of a host that can be compared: in lower case, without the trailing dot of DNS and the brackets of
 * IPv6.
 */
export function normalizeHost(host: string): string {
  const name = host.toLowerCase();
  const bare = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  return bare.endsWith('.') ? bare.slice(0, -1) : bare;
}

/**
 * Returns all possible meanings of a host, the most likely first; an empty list for an invalid name. The host is `web`,
 * `web.demo`, `web.demo.svc`, `web.demo.svc.ANY.DOMAIN`, `db-0.db.demo`, `10-0-0-7.demo.pod`, an IP address, or a name
 * below `localhost`.
 */
export function readName(host: string, scope: NameScope): readonly NameReading[] {
  const name = normalizeHost(host);
  if (isIP(name) !== 0) return [{ type: 'address', address: name }];
  const labels = name.split('.');
  // `localhost` alone is this machine and has no meaning in a cluster.
  if (name === LOCALHOST) return [];
  if (name.length > MAX_NAME || !labels.every((label) => LABEL.test(label))) return [];
  if (labels.length > 1 && labels.at(-1) === LOCALHOST) return readLocalhost(labels.slice(0, -1), scope);
  return readLabels(labels, scope);
}

function readLocalhost(labels: readonly string[], scope: NameScope): readonly NameReading[] {
  if (labels.at(-1) !== scope.slug || labels.length === 1) return readWithPort(labels, scope);
  const inContext = readWithPort(labels.slice(0, -1), scope);
  const asItIs = readWithPort(labels, scope);
  // The last label may mean the context or a namespace with the same name. In a name of two labels, such as
  // `web.staging`, the last label more likely means the namespace: the URLs that the gateway shows contain a service
  // and a namespace before the context. A label for a port number, such as `p8080` in `p8080.web.staging`, is not one
  // of the two labels.
  const { length } = PORT_LABEL.test(labels[0] ?? '') ? labels.slice(1) : labels;
  if (length <= 2) return [...asItIs, ...inContext];
  if (length < labels.length) return [...inContext, ...asItIs];
  // The first label may be the name of a port, as in `http.web.staging.localhost`. In this case, the service `web` in
  // the namespace `staging` comes before the services with the name `web` in other namespaces.
  const plain = inContext.filter((reading) => !isServicePort(reading));
  return [...plain, ...asItIs.filter(isServicePort), ...inContext, ...asItIs];
}

function isServicePort(reading: NameReading): boolean {
  return reading.type === 'service' && reading.port !== undefined;
}

function readWithPort(labels: readonly string[], scope: NameScope): readonly NameReading[] {
  const [first = '', ...rest] = labels;
  const plain = readLabels(labels, scope);
  const number = Number(PORT_LABEL.exec(first)?.[1]);
  const isNumber = isPort(number, 1);
  if (rest.length === 0 || (!isNumber && !isPortName(first))) return plain;
  const port = isNumber ? number : first;
  const withPort = readLabels(rest, scope).map((reading) => ({ ...reading, port }));
  return isNumber ? [...withPort, ...plain] : [...plain, ...withPort];
}

function readLabels(labels: readonly string[], { namespaces }: NameScope): readonly NameReading[] {
  const [first = '', second = '', third = '', fourth = ''] = labels;
  const readings: NameReading[] = [];
  if (third === 'svc') readings.push({ type: 'service', namespace: second, service: first });
  if (fourth === 'svc') readings.push({ type: 'pod', namespace: third, service: second, host: first });
  if (third === 'pod') readings.push({ type: 'podAddress', namespace: second, address: first });
  if (labels.length === 1) {
    readings.push(
      ...namespaces.map((namespace) => ({ type: 'service', namespace, service: first }) as const),
    );
  }
  if (labels.length === 2) {
    readings.push(
      ...namespaces.map((namespace) => ({ type: 'pod', namespace, service: second, host: first }) as const),
      { type: 'service', namespace: second, service: first },
    );
  }
  if (labels.length === 3) {
    readings.push({ type: 'pod', namespace: third, service: second, host: first });
  }
  return readings;
}
