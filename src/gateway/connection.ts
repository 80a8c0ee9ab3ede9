import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import { type CodedError, isCoded } from '../base/errors.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { ClientInspector } from '../portforward/listener.ts';
import type { Destination, Dispatcher, Route } from './dispatcher.ts';
import type { HeadReader } from './headReader.ts';
import type { GatewayAnswer } from './http/answer.ts';
import type { RequestHead } from './http/requestHead.ts';
import { isLocalhostName, normalizeHost } from './names.ts';
import { connectOutside, isUnknownHost, join, type OutsideConnection } from './outside.ts';

/** The functions and values that a gateway passes to the code that serves its connections. */
export interface ConnectionServices {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly localPort: number;
  /** Returns the additional rights of the program that was given this secret; undefined for an unknown secret. */
  readonly trustOf: (secret: string) => ProgramTrust | undefined;
  /** Returns whether a host name means a service or pod of the namespaces of the gateway. */
  readonly isServed: (host: string) => boolean;
  /** Returns the response to a request for the gateway itself (`http://localhost:8900/`): the list of services. */
  readonly ownPage: (head: RequestHead) => GatewayAnswer;
  /** Returns the response to a refused request. */
  readonly refusalPage: (
    error: CodedError,
    head: RequestHead,
    destination: Destination | undefined,
  ) => GatewayAnswer;
  /**
   * Called when a connection was refused, so that the gateway can log the refusal.
   * @param destination undefined if the connection was refused before the client named its destination
   */
  readonly onRefused: (error: CodedError, destination: string | undefined) => void;
}

/**
 * The additional rights of a program that sent a valid secret. Through the gateway, such a program may also connect to
 * servers outside the namespaces of the gateway, such as `example.com`.
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
 * How long to wait for the client's first bytes before opening a connection to the pod, so that a single write can open
 * the connection and send these bytes. Most clients send bytes within this time. The wait is short because in some
 * protocols the server sends first, and the client sends nothing until then.
 */
const FIRST_BYTES_MS = 2;

/** A client's connection to the gateway, until the gateway connects it to a destination or refuses it. */
export interface GatewayConnection {
  readonly socket: Socket;
  readonly address: BoundAddress;
  readonly reader: HeadReader;
  /** Returns a signal that is aborted when the client disconnects. */
  readonly disconnected: () => AbortSignal;
  readonly services: ConnectionServices;
}

/** The destination of a connection: a pod, or a server outside the cluster. */
export type Way =
  | { readonly type: 'pod'; readonly route: Route }
  | ({ readonly type: 'outside' } & OutsideConnection);

/**
 * Finds the destination of a connection. A name in the namespaces of the gateway leads to a pod. Any other name leads
 * to a server outside, to which this function connects, but only for a program that sent a valid secret. Other clients
 * are refused. A name without a dot that is no service there may be a server of an intranet, so it counts as such
 * another name.
 * @throws CodedError the reason why the destination cannot be reached
 */
export async function findWay(
  { disconnected, services }: GatewayConnection,
  destination: { readonly host: string; readonly port: number },
  scheme: 'http' | 'https',
  trust: ProgramTrust | undefined,
): Promise<Way> {
  const { dispatcher, localPort } = services;
  const { host } = destination;
  // A program may use a browser's address (`web.demo.localhost:8900`) in a request to the proxy. The port in such an
  // address is the local port of the gateway and not a port of the service, so it is ignored.
  const isForBrowsers = destination.port === localPort && isLocalhostName(normalizeHost(host));
  const port = isForBrowsers ? undefined : destination.port;
  try {
    const route = await dispatcher.route({ host, port, search: trust?.namespaces ?? [] }, disconnected);
    return { type: 'pod', route };
  } catch (error) {
    const isElsewhere =
      isCoded(error, 'NAME_OUTSIDE') || (isCoded(error, 'NAME_UNKNOWN') && !host.includes('.'));
    if (trust === undefined || isForBrowsers || !isElsewhere) throw error;
    try {
      const { environment } = trust;
      const connection = await connectOutside(environment, scheme, destination, localPort, disconnected());
      return { type: 'outside', ...connection };
    } catch (failure) {
      // If neither the namespaces nor the DNS of this machine know a name without a dot, the name is more likely a
      // mistyped service than a server. Then throws the first error, which lists the services.
      const isService = isCoded(error, 'NAME_UNKNOWN') && isUnknownHost(failure, host);
      throw isService ? error : failure;
    }
  }
}

/**
 * Connects the client to its destination. Bytes that the client has already sent are passed on too.
 * @throws CodedError `STOPPED` if the client disconnected or the namespace was closed after the destination was found
 */
export async function follow(
  { socket, address, reader, services }: GatewayConnection,
  way: Way,
  inspect?: ClientInspector,
): Promise<void> {
  if (way.type === 'outside') return void join(socket, way.server, inspect);
  await reader.untilMore(FIRST_BYTES_MS);
  services.dispatcher.carry(way.route, socket, address, inspect);
}
