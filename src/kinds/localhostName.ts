/** A port of a service, by its number or its name. */
export type PortReference = number | string;

/** The input of {@link localhostName}. */
export interface LocalhostNameParts {
  readonly namespace: string;
  readonly service: string;
  readonly port?: PortReference;
  /**
   * The label that identifies the context (see `contextSlug`). Optional: without it, the host name contains no context.
   */
  readonly slug?: string;
}

/** Returns the name of a service with its namespace, as users and the request log write it: `web.demo`. */
export function serviceName({
  name,
  namespace,
}: {
  readonly name: string;
  readonly namespace: string;
}): string {
  return `${name}.${namespace}`;
}

/** The maximum length of a label in a DNS name: 63 octets (RFC 1035 section 2.3.4). */
export const MAX_LABEL = 63;

/**
 * The last label of host names such as `web.demo.localhost`. Browsers resolve every name with this last label to this
 * machine (RFC 6761 section 6.3).
 */
export const LOCALHOST = 'localhost';

/**
 * Returns the host name by which a browser reaches a service through the gateway: `p8080.web.demo.localhost`. Browsers
 * resolve such a name to this machine.
 */
export function localhostName({ namespace, service, port, slug }: LocalhostNameParts): string {
  const portLabel = typeof port === 'number' ? `p${port}` : port;
  return [portLabel, service, namespace, slug, LOCALHOST].filter((label) => label !== undefined).join('.');
}

/** Returns the URL at which a browser reaches a service. @param localPort the local port of the gateway */
export function localhostUrl(service: LocalhostNameParts, localPort: number): string {
  return `http://${localhostName(service)}:${localPort}/`;
}
