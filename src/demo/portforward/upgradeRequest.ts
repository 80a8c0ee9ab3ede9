import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { acceptKey } from '../../websocket/handshake.ts';
import { WebSocketStream } from '../../websocket/webSocketStream.ts';
import type { AdmittedRequest } from '../api/admission.ts';
import { attributesOf } from '../api/admission.ts';
import type { ServerEnvironment } from '../environment.ts';
import type { TransportName, TransportRefusal } from '../faults.ts';
import type { Pod } from '../objects/types.ts';
import { authorize, forbiddenWithoutReason } from '../rbac.ts';
import { ApiStatusError, badRequest, failure, injected, notFound } from '../status.ts';
import { serveChannelPortForward } from './channelPortForward.ts';
import { forwardConnection } from './forwardConnection.ts';
import { Gate } from './gate.ts';
import { servePortForward } from './spdyPortForward.ts';

// The names of protocols in upgrade headers. Sources: apimachinery `pkg/util/portforward/constants.go`, kubelet
// `portforward/websocket.go`.
const STREAM_PROTOCOL = 'portforward.k8s.io';
const TUNNEL_PROTOCOL = 'SPDY/3.1+portforward.k8s.io';
const CHANNEL_PROTOCOL = 'v4.channel.k8s.io';

/**
 * Minor versions of Kubernetes (KEP-4006). From 1.30 on, servers support SPDY in a WebSocket. From 1.35 on, WebSockets
 * require the RBAC verb `create` in addition to `get`.
 */
const TUNNEL_MINOR = 30;
const CREATE_MINOR = 35;

/** The result of {@link negotiate}: the transport, the pod and the response headers of an upgrade. */
export interface Upgrade {
  readonly transport: TransportName;
  readonly pod: Pod;
  /** The headers of the response with status 101. */
  readonly headers: readonly string[];
  readonly ports: readonly number[];
}

/**
 * Thrown if a `refuseTransport` fault (a simulated failure) refuses the upgrade. `how` determines the response: an
 * error of the API server, an error of a reverse proxy in front of it, or no response.
 */
export class UpgradeRefusedError extends Error {
  readonly how: TransportRefusal;

  constructor(how: TransportRefusal) {
    super(`upgrade refused: ${how}`);
    this.name = 'UpgradeRefusedError';
    this.how = how;
  }
}

/**
 * Checks an upgrade request, and chooses the transport and the response headers.
 * @throws ApiStatusError if the upgrade is not possible or not allowed
 * @throws UpgradeRefusedError if a fault refuses the upgrade
 */
export function negotiate(environment: ServerEnvironment, request: AdmittedRequest): Upgrade {
  const { message, resource, url } = request;
  if (resource?.resource.key !== 'pods' || resource.subresource !== 'portforward') {
    throw new ApiStatusError(badRequest('the resource cannot be upgraded'));
  }
  const transport = transportOf(request);
  const refusal = environment.faults.takeRefusal(transport);
  if (refusal !== undefined) throw new UpgradeRefusedError(refusal);
  if (transport !== 'spdy') demandWebSocketRights(environment, request);
  const pod = environment.store.get('pods', resource.namespace, resource.name);
  if (pod === undefined) throw new ApiStatusError(notFound('pods', '', resource.name));
  if (pod.spec.nodeName === undefined) {
    throw new ApiStatusError(badRequest(`pod ${resource.name} does not have a host assigned`));
  }
  if (transport === 'spdy') return { transport, pod, ports: [], headers: spdyHeaders(request) };
  const key = message.headers['sec-websocket-key'] ?? '';
  if (transport === 'websocket') {
    if (environment.version.minor < TUNNEL_MINOR) throw new ApiStatusError(portRequired());
    return { transport, pod, ports: [], headers: webSocketHeaders(key, TUNNEL_PROTOCOL) };
  }
  const ports = portsOf(url);
  return { transport, pod, ports, headers: webSocketHeaders(key, CHANNEL_PROTOCOL) };
}

/**
 * Responds with status 101 and serves the tunnel until it ends. Owns the socket.
 * @param reset resets the socket's TCP connection
 */
export function serveUpgrade(
  environment: ServerEnvironment,
  { user }: AdmittedRequest,
  { transport, pod, headers, ports }: Upgrade,
  socket: Duplex,
  reset: () => void,
): void {
  const { activity, clock, tunnels } = environment;
  socket.write(`${['HTTP/1.1 101 Switching Protocols', ...headers].join('\r\n')}\r\n\r\n`);
  const gate = new Gate(socket);
  const { namespace = '', name } = pod.metadata;
  tunnels.add({ transport, user: user.name, namespace, pod: name, gate, reset });
  const onPair = (port: number, data: Duplex, error: Duplex): void => {
    const current = environment.store.get('pods', namespace, name);
    const isSame = current?.metadata.uid === pod.metadata.uid;
    // If the pod was deleted, uses the last known pod object with the phase `Failed`. The connection then fails with
    // the error that a real kubelet sends for a pod whose sandbox is gone.
    const target = isSame ? current : { ...pod, status: { ...pod.status, phase: 'Failed' as const } };
    forwardConnection(environment, { pod: target, port }, { data, error });
  };
  switch (transport) {
    case 'spdy':
      servePortForward(gate, { activity, clock, onPair });
      return;
    case 'websocket': {
      const bytes = new WebSocketStream(gate, { role: 'server', masking: 'none' });
      servePortForward(bytes, { activity, clock, onPair });
      return;
    }
    case 'channel':
      serveChannelPortForward(gate, { ports, activity, clock, onPair });
  }
}

/**
 * Sends the response to a refused upgrade and closes the socket. Returns the status for the audit log, or 0 if nothing
 * is sent.
 */
export function refuseUpgrade(socket: Duplex, error: ApiStatusError | UpgradeRefusedError): number {
  if (error instanceof ApiStatusError) {
    const { status, headers } = error;
    writeAnswer(socket, status.code, 'application/json', `${JSON.stringify(status)}\n`, headers);
    return status.code;
  }
  const { how } = error;
  // With `silence`, sends no response and leaves the socket open until the client closes the connection.
  if (how === 'silence') return 0;
  if (how === 'strip-upgrade') {
    writeAnswer(socket, 400, 'application/json', `${JSON.stringify(upgradeRequired())}\n`);
    return 400;
  }
  const isGateway = how === 426 || how === 502;
  const body = isGateway ? gatewayPage(how) : `${JSON.stringify(injected(how))}\n`;
  writeAnswer(socket, how, isGateway ? 'text/html' : 'application/json', body);
  return how;
}

/** Returns the response to a port-forward request without upgrade headers. */
export function upgradeRequired() {
  return badRequest('Upgrade request required');
}

function transportOf({ message }: AdmittedRequest): TransportName {
  const protocol = String(message.headers.upgrade ?? '').toLowerCase();
  if (protocol === 'spdy/3.1') return 'spdy';
  if (protocol !== 'websocket') throw new ApiStatusError(upgradeRequired());
  const offered = offeredProtocols(message.headers['sec-websocket-protocol']);
  if (offered.includes(TUNNEL_PROTOCOL)) return 'websocket';
  if (offered.includes(CHANNEL_PROTOCOL)) return 'channel';
  throw new ApiStatusError(badRequest(`unable to upgrade: unsupported protocols ${offered.join(', ')}`));
}

function demandWebSocketRights({ version }: ServerEnvironment, { user, resource }: AdmittedRequest): void {
  if (version.minor < CREATE_MINOR || resource === undefined) return;
  const attributes = { ...attributesOf(resource), verb: 'create' };
  if (!authorize(user, attributes).isAllowed) throw new ApiStatusError(forbiddenWithoutReason(attributes));
}

function spdyHeaders({ message }: AdmittedRequest): readonly string[] {
  const offered = offeredProtocols(message.headers['x-stream-protocol-version']?.toString());
  if (offered.length > 0 && !offered.includes(STREAM_PROTOCOL)) {
    const reason = `unable to negotiate protocol: client supports [${offered.join(' ')}], server supports [${STREAM_PROTOCOL}]`;
    throw new ApiStatusError(failure(403, 'Forbidden', reason), {
      'x-accepted-stream-protocol-versions': STREAM_PROTOCOL,
    });
  }
  return [
    'Connection: Upgrade',
    'Upgrade: SPDY/3.1',
    `X-Stream-Protocol-Version: ${STREAM_PROTOCOL}`,
    `Date: ${new Date().toUTCString()}`,
  ];
}

function webSocketHeaders(key: string, protocol: string): readonly string[] {
  if (key === '') throw new ApiStatusError(badRequest('missing Sec-WebSocket-Key'));
  return [
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    `Sec-WebSocket-Protocol: ${protocol}`,
  ];
}

function portsOf(url: URL): readonly number[] {
  const ports = url.searchParams
    .getAll('ports')
    .flatMap((value) => value.split(','))
    .map(Number);
  if (ports.length === 0) throw new ApiStatusError(portRequired());
  if (ports.some((port) => !Number.isInteger(port) || port < 1 || port > 65_535)) {
    throw new ApiStatusError(badRequest('unable to parse "ports" as a port'));
  }
  return ports;
}

/**
 * Returns the kubelet's response to a WebSocket request without ports. Servers before 1.30 send this response to
 * requests for SPDY in a WebSocket too.
 */
function portRequired() {
  return badRequest('query parameter "port" is required');
}

function offeredProtocols(header: string | undefined): readonly string[] {
  return (header ?? '')
    .split(',')
    .map((protocol) => protocol.trim())
    .filter((protocol) => protocol !== '');
}

function gatewayPage(status: number): string {
  const title = `${status} ${STATUS_CODES[status] ?? ''}`;
  return `<html><head><title>${title}</title></head><body><h1>${title}</h1><hr>gateway</body></html>\n`;
}

function writeAnswer(
  socket: Duplex,
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `Content-Type: ${contentType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
