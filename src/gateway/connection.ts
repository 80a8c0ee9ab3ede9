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
import { connectOutside, join, type OutsideConnection } from './outside.ts';

/** The functions and values of a gateway that its connections use. */
export interface ConnectionServices {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly localPort: number;
  /** Returns the extra access of the program that has this secret; undefined for an unknown secret. */
  readonly trustOf: (secret: string) => ProgramTrust | undefined;
  /** Returns whether the gateway serves a host name. */
  readonly isServed: (host: string) => boolean;
  /** Returns the response to a request for the gateway itself (its list of services). */
  readonly ownPage: (head: RequestHead) => GatewayAnswer;
  /** Returns the response to a refused request. */
  readonly refusalPage: (
    error: CodedError,
    head: RequestHead,
    destination: Destination | undefined,
  ) => GatewayAnswer;
  /**
   * Called when a connection was refused.
   * @param destination undefined if the connection was refused before the client named its destination
   */
  readonly onRefused: (error: CodedError, destination: string | undefined) => void;
}

/** The extra access of a program that sent a valid secret: it may also connect to hosts outside the namespaces. */
export interface ProgramTrust {
  /** The environment variables of the program at its start. Their proxies are used for hosts outside the namespaces. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The namespaces in which the gateway first searches for a short name, such as `web`, that this program requests. */
  readonly namespaces: readonly string[];
}

/**
 * How long to wait for the client's first bytes before connecting to the pod, so that one write opens the connection
 * and sends these bytes. A client usually sends them within this time after it is told that it is connected, unless its
 * protocol lets the server send first.
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

/** The destination of a connection: a pod, or a host outside the cluster. */
export type Way =
  | { readonly type: 'pod'; readonly route: Route }
  | ({ readonly type: 'outside' } & OutsideConnection);

/**
 * Finds the destination of a connection. A served name resolves to a pod. For any other host, connects to the host
 * outside the cluster, but only if the program sent a valid secret.
 * @throws CodedError the reason why the host cannot be reached
 */
export async function findWay(
  { disconnected, services }: GatewayConnection,
  destination: { readonly host: string; readonly port: number },
  scheme: 'http' | 'https',
  trust: ProgramTrust | undefined,
): Promise<Way> {
  const { dispatcher, localPort } = services;
  const { host } = destination;
  // A program may request a browser's address (`web.demo.localhost:8900`) through the proxy. The port in such an
  // address is the gateway's own port, and not a port of the service.
  const isForBrowsers = destination.port === localPort && isLocalhostName(normalizeHost(host));
  const port = isForBrowsers ? undefined : destination.port;
  try {
    const route = await dispatcher.route({ host, port, search: trust?.namespaces ?? [] }, disconnected);
    return { type: 'pod', route };
  } catch (error) {
    const isElsewhere =
      isCoded(error, 'NAME_OUTSIDE') || (isCoded(error, 'NAME_UNKNOWN') && !host.includes('.'));
    if (trust === undefined || isForBrowsers || !isElsewhere) throw error;
    return {
      type: 'outside',
      ...(await connectOutside(trust.environment, scheme, destination, localPort, disconnected())),
    };
  }
}

/**
 * Connects the client to its destination, and first passes on the bytes that the client has already sent.
 * @throws CodedError `STOPPED` if the client disconnected or the namespace was closed in the meantime
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
