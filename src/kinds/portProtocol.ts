// This file guesses whether a port speaks HTTP or HTTPS. It uses only the appProtocol, the name and the number of the
// port, and never connects to the port.

/**
 * Ports of protocols that no browser speaks. Sources: IANA's registry of port numbers, documentation of databases.
 */
const OTHER_PORTS: ReadonlySet<number> = new Set([
  ...[
    7, 21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1433, 1521, 1883, 2181, 2379, 2380, 3306,
    3389,
  ],
  ...[
    4222, 5432, 5433, 5671, 5672, 6379, 6380, 6432, 7687, 8883, 9042, 9092, 11211, 26257, 27017, 33060, 50051,
  ],
]);
/** Matches port names that begin with the name of a protocol that no browser speaks: `tcp-redis`, `postgres`. */
const OTHER_NAMES =
  /^(tcp|grpc|postgres|postgresql|pg|mysql|mariadb|mssql|sql|db|redis|valkey|mongo|mongodb|amqp|amqps|kafka|nats|mqtt|ldap|ldaps|ssh|smtp|imap|cql|cassandra|memcache|memcached|bolt|echo)\b/;
/** Matches the `appProtocol` of a protocol that no browser speaks: `mysql`, `grpc`, `kubernetes.io/h2c`. */
const OTHER_APP_PROTOCOL = new RegExp(`${OTHER_NAMES.source}|(^|/)h2c$`, 'i');

/** Ports that usually speak HTTP, according to the IANA registry or as the default of common programs. */
const HTTP_PORTS: ReadonlySet<number> = new Set([
  80, 443, 3000, 4200, 5000, 5173, 8000, 8008, 8080, 8081, 8443, 8888, 9000, 9090,
]);
const HTTP_NAME = /(^|-)(https?|web|ui|ws|wss)(-|$)/;
/**
 * Matches the `appProtocol` of a Service's port that a browser can open. Does not match HTTP/2 without TLS
 * (`kubernetes.io/h2c`), which no browser speaks.
 * https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
 */
const HTTP_APP_PROTOCOL = /^(https?|kubernetes\.io\/wss?)$/i;

/** What is known about a port without connecting to it. */
export interface KnownPort {
  readonly appProtocol?: string | undefined;
  readonly name?: string | undefined;
  /** The numbers of the port: of the service, and of the pod if this number is known. */
  readonly numbers: readonly number[];
}

/**
 * Returns whether the port most likely serves web pages. If the target declares an appProtocol, only the appProtocol
 * decides. Otherwise the name of the port decides, or if the name suggests no protocol, its number.
 */
export function looksLikeHttp({ appProtocol, name, numbers }: KnownPort): boolean {
  if (appProtocol !== undefined) return HTTP_APP_PROTOCOL.test(appProtocol);
  if (name !== undefined && HTTP_NAME.test(name)) return true;
  if (name !== undefined && OTHER_NAMES.test(name)) return false;
  return (
    numbers.some((number) => HTTP_PORTS.has(number)) && !numbers.some((number) => OTHER_PORTS.has(number))
  );
}

/**
 * Returns whether a browser may be able to open the port. False only for ports of protocols that no browser speaks. In
 * contrast to {@link looksLikeHttp}, true if nothing suggests any protocol.
 */
export function isForBrowser(port: KnownPort): boolean {
  const { appProtocol, name, numbers } = port;
  if (looksLikeHttp(port)) return true;
  if (appProtocol !== undefined && OTHER_APP_PROTOCOL.test(appProtocol)) return false;
  if (name !== undefined && OTHER_NAMES.test(name)) return false;
  return !numbers.some((number) => OTHER_PORTS.has(number));
}

/**
 * Returns the scheme of the port's URL: `https` if the appProtocol, name or number indicates HTTPS, otherwise `http`.
 */
export function schemeOf({ appProtocol, name = '', numbers }: KnownPort): 'http' | 'https' {
  if (appProtocol !== undefined && HTTP_APP_PROTOCOL.test(appProtocol)) {
    return /(https|wss)$/i.test(appProtocol) ? 'https' : 'http';
  }
  if (/^https\b|https$/.test(name)) return 'https';
  return numbers.some((number) => number === 443 || number === 8443) ? 'https' : 'http';
}
