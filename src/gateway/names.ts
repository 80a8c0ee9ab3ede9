import { isIP } from 'node:net';
import { isPort, isPortName } from '../kinds/ports.ts';

// How the services and pods of namespaces are called. Names are read in the order in which a pod's resolver looks for them
// (Kubernetes, "DNS for Services and Pods"): the search list first, then the name as it is.

/** What a name may stand for. */
export type NameReading =
  | {
      readonly type: 'service';
      readonly namespace: string;
      readonly service: string;
      readonly port?: PortChoice;
    }
  /** A pod behind a service: by its hostname, its own name, or its address with dashes. */
  | {
      readonly type: 'pod';
      readonly namespace: string;
      readonly service: string;
      readonly host: string;
      readonly port?: PortChoice;
    }
  /** A pod by its address, of which dots and colons are dashes. */
  | { readonly type: 'podAddress'; readonly namespace: string; readonly address: string }
  /** An IP address, of a service or a pod. */
  | { readonly type: 'address'; readonly address: string };

/** A number or a name, as the service declares it. */
export type PortChoice = number | string;

/** What names are read against. */
export interface NameScope {
  /** The namespaces of the search list. */
  readonly namespaces: readonly string[];
  /** The label of this context in `*.localhost` names. */
  readonly slug: string;
}

/** What {@link localhostName} makes a name of. */
export interface NamedService {
  readonly namespace: string;
  readonly service: string;
  readonly port?: PortChoice;
  /** The label of the context; optional, by default the name does without. */
  readonly slug?: string;
}

const LOCALHOST = 'localhost';
/** RFC 1035 section 2.3.4. */
const MAX_NAME = 253;
const LABEL = /^[a-z0-9_](?:[-a-z0-9_]{0,61}[a-z0-9_])?$/;
/** `p8080`: a port by its number, for DNS labels of digits alone are rare and confusing. */
const PORT_LABEL = /^p(\d{1,5})$/;

/** The name of a service that browsers send to this machine (RFC 6761 section 6.3): `p8080.web.demo.localhost`. */
export function localhostName({ namespace, service, port, slug }: NamedService): string {
  const portLabel = typeof port === 'number' ? `p${port}` : port;
  return [portLabel, service, namespace, slug, LOCALHOST].filter((label) => label !== undefined).join('.');
}

/** The address of a service in a browser. @param localPort where the gateway listens */
export function localhostUrl(service: NamedService, localPort: number): string {
  return `http://${localhostName(service)}:${localPort}/`;
}

/** Whether the name is one below `localhost`, which {@link localhostName} makes. */
export function isLocalhostName(host: string): boolean {
  return host.endsWith(`.${LOCALHOST}`);
}

/** A host as names are compared: lower case, without the dot of the root and the brackets of IPv6. */
export function normalizeHost(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

/**
 * All that a host may stand for, the most likely first: `web`, `web.demo`, `web.demo.svc`, `web.demo.svc.ANY.DOMAIN`, `db-0.db.demo`,
 * `10-0-0-7.demo.pod`, an IP address, or a name below `localhost`. Empty if it is no name.
 */
export function readName(host: string, scope: NameScope): readonly NameReading[] {
  const name = normalizeHost(host);
  if (isIP(name) !== 0) return [{ type: 'address', address: name }];
  const labels = name.split('.');
  // This machine itself, in no cluster.
  if (name === LOCALHOST) return [];
  if (name.length > MAX_NAME || !labels.every((label) => LABEL.test(label))) return [];
  if (labels.length > 1 && labels.at(-1) === LOCALHOST) return readLocalhost(labels.slice(0, -1), scope);
  return readLabels(labels, scope);
}

function readLocalhost(labels: readonly string[], scope: NameScope): readonly NameReading[] {
  if (labels.at(-1) !== scope.slug || labels.length === 1) return readWithPort(labels, scope);
  const inContext = readWithPort(labels.slice(0, -1), scope);
  const asItIs = readWithPort(labels, scope);
  // A context may have the name of a namespace. `web.demo` is the service of the namespace then.
  return labels.length > 2 ? [...inContext, ...asItIs] : [...asItIs, ...inContext];
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
