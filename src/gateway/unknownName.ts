import { CodedError } from '../base/errors.ts';
import { serviceName } from '../kinds/localhostName.ts';
import type { NameReading } from './names.ts';
import type { NamespaceDirectory } from './namespaceDirectory.ts';

type Directories = ReadonlyMap<string, NamespaceDirectory>;

/** How many services the error for an unknown name lists. If there are more services, the list ends with `…`. */
const KNOWN_LIMIT = 20;

/**
 * Returns the error for a name that was not found: `NAME_UNKNOWN` if the name probably means a service or pod, else
 * `NAME_OUTSIDE`.
 * @param readings the possible meanings of the name
 */
export function unknownName(
  name: string,
  readings: readonly NameReading[],
  directories: Directories,
): CodedError {
  const isInside = readings.some(
    (reading) => reading.type !== 'address' && directories.has(reading.namespace) && isNamed(reading, name),
  );
  if (isInside) return unknownService(name, directories);
  return new CodedError('NAME_OUTSIDE', { name, namespaces: namespacesOf(directories) });
}

/**
 * Returns the error for an unknown service or pod, with the services that exist. If several namespaces are open, the
 * name of each service contains the namespace: `web.demo`.
 */
export function unknownService(name: string, directories: Directories): CodedError {
  const isOnly = directories.size === 1;
  const known = [...directories.values()].flatMap(({ namespace, services }) =>
    [...services.keys()].map((service) => (isOnly ? service : serviceName({ name: service, namespace }))),
  );
  const shown = known.sort().slice(0, KNOWN_LIMIT);
  if (known.length > KNOWN_LIMIT) shown.push('…');
  const namespaces = namespacesOf(directories);
  return new CodedError('NAME_UNKNOWN', { name, namespaces, known: shown.join(', ') || 'none' });
}

function namespacesOf(directories: Directories): string {
  return [...directories.keys()].join(', ');
}

/**
 * Returns whether a name that was not found probably means a service or pod, and not a server outside the cluster. A
 * name means a pod only if it contains the namespace: otherwise `example.com` would mean a missing pod `example` of a
 * service `com`.
 */
function isNamed(reading: NameReading, name: string): boolean {
  return reading.type !== 'pod' || name.includes(`.${reading.namespace}`);
}
