import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import { type CodedError, isCoded } from '../base/errors.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { ClientInspector } from '../portforward/listener.ts';
import type { Destination, Dispatcher, Route } from './dispatcher.ts';
import type { HeadReader } from './headReader.ts';
import type { GatewayAnswer } from './http/answer.ts';
import { checkBrowserRequest } from './http/browserRules.ts';
import { tunnelGuard } from './http/requestGuard.ts';
import type { RequestHead } from './http/requestHead.ts';
import { isLocalhostName, normalizeHost } from './names.ts';
import { connectOutside, isUnknownHost, join, type OutsideConnection } from './outside.ts';

/** The functions and values that a gateway passes to the code that serves its connections. */
export interface ConnectionServices {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly localPort: number;
  /**
   * Returns the additional rights of a program that sends this secret; undefined if the gateway does not know the
   * secret.
   */
  readonly trustOf: (secret: string) => ProgramTrust | undefined;
  /** Returns whether a host name, such as `web.demo`, is the name of a service or pod that the gateway serves. */
  readonly isServed: (host: string) => boolean;
  /** Returns the response to a request for the gateway itself (`http://localhost:8900/`): the list of services. */
  readonly ownPage: (head: RequestHead) => GatewayAnswer;
  /** Returns the HTTP response that tells a local client why the gateway refused its request. */
  readonly refusalPage: (
    error: CodedError,
    head: RequestHead,
    destination: Destination | undefined,
  ) => GatewayAnswer;
  /**
   * Called when the connection of a local client was refused, so that the gateway can log the refusal.
   * @param destination undefined if the connection was refused before the client named its destination
   */
  readonly onRefused: (error: CodedError, destination: string | undefined) => void;
}

/**
 * The rights of a program that sends a secret of the gateway. Through the gateway, this program may connect to any
 * server, such as `example.com`. Programs without a secret may connect only to services and pods in the namespaces of
 * the gateway.
 */
export interface ProgramTrust {
  /**
   * The environment variables of the program at its start. If these variables name a proxy, the gateway connects to
   * servers outside its namespaces through this proxy.
   */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The namespaces that the gateway searches first if this program requests a short name, such as `web`. */
  readonly namespaces: readonly string[];
}

/**
 * How long the gateway waits for the first bytes of a local client before it opens the connection to the pod, in
 * milliseconds. If bytes arrive in this time, the gateway opens the connection to the pod and sends the bytes with one
 * write. After this time, the gateway opens the connection without bytes. The wait is short, because in some protocols
 * a client sends nothing until the server has sent something.
 */
const FIRST_BYTES_MS = 2;

/** Matches the names that no server outside the cluster has: `web.demo.svc.cluster.local`, `web.demo.localhost`. */
const ONLY_INSIDE = /\.(svc|localhost)(\.|$)/i;

/** A local client's connection to the gateway, until the gateway connects it to a destination or refuses it. */
export interface GatewayConnection {
  readonly socket: Socket;
  readonly address: BoundAddress;
  readonly reader: HeadReader;
  /** Returns a signal that is aborted when the local client disconnects. */
  readonly disconnected: () => AbortSignal;
  readonly services: ConnectionServices;
}

/** The destination of a connection: a pod, or a server outside the cluster. */
export type ResolvedDestination =
  | { readonly type: 'pod'; readonly route: Route }
  | ({ readonly type: 'outside' } & OutsideConnection);

/**
 * Finds the destination of a connection. A name in the namespaces of the gateway leads to a pod. Any other name leads
 * to a server outside the cluster, but only if the local client sent a valid secret. The gateway searches its
 * namespaces first, as the DNS of a cluster does for programs in pods, because a name may have two meanings: `intranet`
 * may be a service or a server of the local network, and `go.dev` may be the service `go` in the namespace `dev` or a
 * website.
 * @throws CodedError the reason why the destination cannot be reached, or why the local client may not reach it
 */
export async function resolveDestination(
  { disconnected, services }: GatewayConnection,
  destination: { readonly host: string; readonly port: number },
  scheme: 'http' | 'https',
  trust: ProgramTrust | undefined,
): Promise<ResolvedDestination> {
  const { dispatcher, localPort } = services;
  const { host } = destination;
  // A program that uses the gateway as a proxy may request an address that is meant for browsers, such as
  // `web.demo.localhost:8900`. Ignores the port of such an address: it is the local port of the gateway, not a port of
  // the service.
  const isForBrowsers = destination.port === localPort && isLocalhostName(normalizeHost(host));
  const port = isForBrowsers ? undefined : destination.port;
  try {
    const route = await dispatcher.route({ host, port, search: trust?.namespaces ?? [] }, disconnected);
    return { type: 'pod', route };
  } catch (error) {
    const isElsewhere =
      isCoded(error, 'NAME_OUTSIDE') || (isCoded(error, 'NAME_UNKNOWN') && !ONLY_INSIDE.test(host));
    if (trust === undefined || isForBrowsers || !isElsewhere) throw error;
    try {
      const { environment } = trust;
      const connection = await connectOutside(environment, scheme, destination, localPort, disconnected());
      return { type: 'outside', ...connection };
    } catch (failure) {
      // If neither the namespaces nor the DNS of this machine know the name, the user probably mistyped the name of a
      // service. In this case, throws `error` and not `failure`, because the message of `error` lists the services.
      // Behind an HTTP proxy, only the proxy looks up the name, so the local client gets the error of the proxy.
      const isService = isCoded(error, 'NAME_UNKNOWN') && isUnknownHost(failure, host);
      throw isService ? error : failure;
    }
  }
}

/**
 * Connects the local client to the destination that {@link resolveDestination} has found. Also passes on the bytes that
 * the client has already sent.
 * @param inspect checks the bytes of the local client. Optional. Default for a pod: ends the connection if a web page
 *   of another site sends a request. Default for a server outside the cluster: no check
 * @throws CodedError `STOPPED` if the client disconnected or the namespace was closed after the destination was found
 */
export async function connectToDestination(
  { socket, address, reader, services }: GatewayConnection,
  resolved: ResolvedDestination,
  inspect?: ClientInspector,
): Promise<void> {
  if (resolved.type === 'outside') return join(socket, resolved.server, services.clock, inspect);
  await reader.untilMore(FIRST_BYTES_MS);
  const checking = inspect ?? tunnelGuard((head) => checkBrowserRequest(head, services.isServed));
  services.dispatcher.carry(resolved.route, socket, address, checking);
}
