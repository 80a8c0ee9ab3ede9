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

/** The services of a gateway for its connections. */
export interface ConnectionServices {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly localPort: number;
  /** Returns what a program with this secret may do. Undefined for an unknown secret. */
  readonly trustOf: (secret: string) => ProgramTrust | undefined;
  /** Returns whether a host is one of the served names. */
  readonly isServed: (host: string) => boolean;
  /** Returns the answer to a request for the gateway itself. */
  readonly ownPage: (head: RequestHead) => GatewayAnswer;
  /** Returns the answer to a refused request. */
  readonly refusalPage: (
    error: CodedError,
    head: RequestHead,
    destination: Destination | undefined,
  ) => GatewayAnswer;
  /** Called when a connection was refused. @param destination undefined if the client did not say where it wanted to go */
  readonly onRefused: (error: CodedError, destination: string | undefined) => void;
}

/** The extra access of a program that has sent a secret. */
export interface ProgramTrust {
  /** The environment of the program at its start, which tells how to reach hosts outside the namespaces. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The namespaces at the beginning of the program's search list. */
  readonly namespaces: readonly string[];
}

/**
 * How long a pod's connection is held back for the client's first bytes, so that both leave in one write. A client that was just told
 * that it is connected sends them after a round trip on loopback, unless it waits for the server to speak first.
 */
const FIRST_BYTES_MS = 2;

/** One connection to the gateway until it is handed over or refused. */
export interface GatewayConnection {
  readonly socket: Socket;
  readonly address: BoundAddress;
  readonly reader: HeadReader;
  /** Returns a signal that is aborted when the client has left. */
  readonly gone: () => AbortSignal;
  readonly services: ConnectionServices;
}

/** The destination of a connection: a pod, or a host outside the cluster. */
export type Way =
  | { readonly type: 'pod'; readonly route: Route }
  | ({ readonly type: 'outside' } & OutsideConnection);

/**
 * Finds the way to a host: to a pod if the host is a served name, else out of the cluster for a program that has shown a
 * secret.
 * @throws CodedError the reason why there is no way
 */
export async function findWay(
  { gone, services }: GatewayConnection,
  destination: { readonly host: string; readonly port: number },
  scheme: 'http' | 'https',
  trust: ProgramTrust | undefined,
): Promise<Way> {
  const { dispatcher, localPort } = services;
  const { host } = destination;
  // An address for browsers, which some programs use through the proxy too: the port is the gateway's.
  const isForBrowsers = destination.port === localPort && isLocalhostName(normalizeHost(host));
  const port = isForBrowsers ? undefined : destination.port;
  try {
    const route = await dispatcher.route({ host, port, search: trust?.namespaces ?? [] }, gone);
    return { type: 'pod', route };
  } catch (error) {
    const isElsewhere =
      isCoded(error, 'NAME_OUTSIDE') || (isCoded(error, 'NAME_UNKNOWN') && !host.includes('.'));
    if (trust === undefined || isForBrowsers || !isElsewhere) throw error;
    return {
      type: 'outside',
      ...(await connectOutside(trust.environment, scheme, destination, localPort, gone())),
    };
  }
}

/**
 * Leads the connection on, beginning with its unread bytes. @throws CodedError `STOPPED` if the namespace was closed meanwhile
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
