import { defined } from '../../base/defined.ts';
import { CodedError, isCoded, toCoded } from '../../base/errors.ts';
import { isPort, parsePortNumber } from '../../kinds/ports.ts';
import { proxyAuthorization } from '../../rest/proxy.ts';
import {
  connectToDestination,
  type GatewayConnection,
  type ProgramTrust,
  type ResolvedDestination,
  resolveDestination,
} from '../connection.ts';
import type { Destination } from '../dispatcher.ts';
import { refused, UnreadHeadError } from '../headReader.ts';
import { isLocalhostName, normalizeHost } from '../names.ts';
import { sendAnswer } from './answer.ts';
import { checkBrowserRequest, isOwnHost } from './browserRules.ts';
import { oneRequest, requestGuard } from './requestGuard.ts';
import {
  bodyFraming,
  isUpgrade,
  type ParsedHead,
  peekRequestHead,
  type RequestHead,
  singleHeader,
  tokensOf,
  withoutHttp2Offer,
} from './requestHead.ts';

const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n';
const AUTHENTICATE = { 'Proxy-Authenticate': 'Basic realm="kube-port-forward"' };
/**
 * Headers that the gateway does not pass on: the headers that are meant for a proxy only (RFC 9110 section 7.6.1), and
 * `Host`, which {@link rewritten} sets.
 */
const HOP_HEADERS = new Set(['connection', 'proxy-connection', 'proxy-authorization', 'keep-alive', 'host']);
/**
 * Headers that the gateway passes on even if the `Connection` header of the request names them. They contain the length
 * of the body: without them, the server would parse the body as the next request.
 */
const FRAMING = new Set(['content-length', 'transfer-encoding']);

/**
 * Serves an HTTP client: a browser that opens a `*.localhost` address or the gateway's own page, or a program that uses
 * the gateway as a proxy.
 */
export async function serveHttp(connection: GatewayConnection): Promise<void> {
  const { socket, reader, services } = connection;
  let head: RequestHead | undefined;
  let destination: Destination | undefined;
  try {
    const parsed = await reader.read((bytes) => {
      const found = peekRequestHead(bytes);
      return found && { value: found, consumed: 0 };
    });
    head = parsed.value;
    // Ends the time limit, which applies only to the head of the request. Connecting to a pod or through another proxy
    // may take longer.
    reader.dispose();
    // Refuses a body of ambiguous length before any byte is passed on: the server could mistake a part of the body for
    // another request, which was not checked.
    if (head.method !== 'CONNECT') bodyFraming(head);
    destination = destinationOf(head);
    if (destination === undefined) {
      checkBrowserRequest(head, isNoOther);
      sendAnswer(socket, services.ownPage(head), services.clock);
    } else if (destination.port === undefined) await serveBrowser(connection, parsed, destination.host);
    else await serveProxy(connection, parsed, { ...destination, port: destination.port });
  } catch (error) {
    if (isCoded(error, 'STOPPED')) throw error;
    const coded = toCoded(error);
    services.onRefused(coded, destination && formatDestination(destination));
    sendAnswer(socket, answerFor(connection, coded, head, destination), services.clock);
  }
}

function answerFor(
  { services }: GatewayConnection,
  error: CodedError,
  head: RequestHead | undefined,
  destination: Destination | undefined,
) {
  if (error instanceof UnauthorizedError) {
    return {
      status: 407,
      headers: AUTHENTICATE,
      contentType: 'text/plain',
      body: `${error.message}\n`,
    } as const;
  }
  if (head !== undefined) return services.refusalPage(error, head, destination);
  const status = error instanceof UnreadHeadError ? error.status : 400;
  return { status, contentType: 'text/plain', body: `${error.message}\n` } as const;
}

/**
 * Carries a browser's connection to a pod. Checks the head of each request, but changes no byte, so that WebSockets,
 * upgrades, streams and keep-alive work as with any forward.
 */
async function serveBrowser(
  { socket, address, disconnected, services }: GatewayConnection,
  { value: head, length }: ParsedHead,
  host: string,
) {
  const name = normalizeHost(host);
  const check = (request: RequestHead) => {
    if (normalizeHost(hostOf(request)) !== name) {
      throw refused('earlier requests on this connection were for another host');
    }
    checkBrowserRequest(request, isNoOther);
  };
  check(head);
  const route = await services.dispatcher.route({ host, port: undefined }, disconnected);
  services.dispatcher.carry(route, socket, address, requestGuard(head, length, check));
}

async function serveProxy(
  connection: GatewayConnection,
  { value, length }: ParsedHead,
  destination: Destination & { readonly port: number },
): Promise<void> {
  // Removes an offer to change to HTTP/2. With this offer, the request would count as an upgrade and would not get
  // `Connection: close`. If the server ignored the offer, the local client would send its next request over the same
  // connection, even a request for another host.
  const head = withoutHttp2Offer(value);
  const { socket, reader, services } = connection;
  const trust = authorize(head, services.trustOf);
  const isTunnel = head.method === 'CONNECT';
  if (!isTunnel) checkBrowserRequest(head, services.isServed);
  const resolved = await resolveDestination(connection, destination, isTunnel ? 'https' : 'http', trust);
  const instead = isTunnel ? undefined : Buffer.from(rewritten(head, resolved), 'latin1');
  try {
    await reader.read(() => ({ value: true, consumed: length, ...defined({ instead }) }));
  } catch (error) {
    if (resolved.type === 'outside') resolved.server.destroy();
    throw error;
  }
  if (isTunnel) socket.write(ESTABLISHED);
  await connectToDestination(connection, resolved, instead && oneRequest(head, instead.length));
}

/**
 * Returns the destination of a request; undefined if the request is for the gateway's own page.
 * @throws CodedError `REQUEST_REFUSED`
 */
function destinationOf(head: RequestHead): Destination | undefined {
  const { method, target } = head;
  if (method === 'CONNECT') return splitAuthority(target, undefined);
  if (!target.startsWith('/') && target !== '*') {
    const [, authority] = /^http:\/\/([^/?#@]+)(?:[/?#]|$)/i.exec(target) ?? [];
    if (authority === undefined) throw refused('a proxy request must have an http:// URL');
    return splitAuthority(authority, 80);
  }
  const host = hostOf(head);
  const name = normalizeHost(host);
  if (isOwnHost(name)) return undefined;
  if (isLocalhostName(name)) return { host, port: undefined };
  throw refused(`the host "${host}" is unknown`);
}

function hostOf(head: RequestHead): string {
  const host = singleHeader(head, 'host');
  if (host === undefined) throw refused('it has no Host header');
  return splitAuthority(host, 80).host;
}

function splitAuthority(
  authority: string,
  defaultPort: number | undefined,
): Destination & { readonly port: number } {
  const [, host, digits] = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d*))?$/.exec(authority) ?? [];
  const port = digits === undefined || digits === '' ? defaultPort : parsePortNumber(digits);
  if (host === undefined || !isPort(port, 1)) throw refused('its host is invalid');
  return { host, port };
}

/**
 * Finds the program by the secret in its request, and returns the rights that this program has outside the namespaces.
 * Returns undefined if the request contains no secret.
 * @throws UnauthorizedError for an unknown secret
 */
function authorize(
  head: RequestHead,
  trustOf: (secret: string) => ProgramTrust | undefined,
): ProgramTrust | undefined {
  const text = singleHeader(head, 'proxy-authorization');
  if (text === undefined) return undefined;
  const [, encoded = ''] = /^basic +([A-Za-z0-9+/=_-]+)$/i.exec(text) ?? [];
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  const trust = password === '' ? undefined : trustOf(password);
  if (trust === undefined) throw new UnauthorizedError();
  return trust;
}

class UnauthorizedError extends CodedError {
  constructor() {
    super('REQUEST_REFUSED', { reason: 'the proxy password is wrong' });
  }
}

/**
 * Used as `isServed` in {@link checkBrowserRequest} for browsers that open `*.localhost` addresses and do not use the
 * gateway as their proxy. Always returns false: such a browser loads `http://web.demo` from the internet and not
 * through the gateway, so the pages of `web.demo` are foreign.
 */
const isNoOther = () => false;

/**
 * Returns the request's head in the form in which the server gets it. The head contains `Connection: close`, unless the
 * request is an upgrade. Each connection serves only one request, because the next request of the local client may be
 * for another server.
 */
function rewritten(head: RequestHead, resolved: ResolvedDestination): string {
  const proxy = resolved.type === 'outside' ? resolved.proxy : undefined;
  const [, authority = '', path = ''] = /^http:\/\/([^/?#]+)([^#]*)/i.exec(head.target) ?? [];
  const target = path.startsWith('/') ? path : path === '' && head.method === 'OPTIONS' ? '*' : `/${path}`;
  const credentials = proxy && proxyAuthorization(proxy);
  const { headers, connection } = passedOn(head);
  const lines = [
    `${head.method} ${proxy === undefined ? target : `http://${authority}${target === '*' ? '' : target}`} ${head.version}`,
    `Host: ${authority}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    ...(credentials === undefined ? [] : [`Proxy-Authorization: ${credentials}`]),
    `Connection: ${connection}`,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/**
 * Returns the headers to pass on to the server, and the new value of `Connection`. Removes the headers that the
 * `Connection` header of the request names, because these headers are meant for the proxy only. Keeps them in an
 * upgrade request, because they tell the server which protocol the local client wants.
 */
function passedOn(head: RequestHead): {
  readonly headers: RequestHead['headers'];
  readonly connection: string;
} {
  const options = tokensOf(head, 'connection').filter((option) => !/^(keep-alive|close)$/i.test(option));
  const headers = head.headers.filter(([name]) => !HOP_HEADERS.has(name));
  if (isUpgrade(head)) return { headers, connection: options.join(', ') };
  const named = new Set(options.map((option) => option.toLowerCase()).filter((name) => !FRAMING.has(name)));
  return { headers: headers.filter(([name]) => !named.has(name)), connection: 'close' };
}

function formatDestination({ host, port }: Destination): string {
  return port === undefined ? host : `${host}:${port}`;
}
