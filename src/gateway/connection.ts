import type { Socket } from 'node:net';
import type { Clock } from '../base/async.ts';
import { type CodedError, isCoded } from '../base/errors.ts';
import type { BoundAddress } from '../kinds/ports.ts';
import type { Destination, Dispatcher, Route } from './dispatcher.ts';

import type { HeadReader } from './headReader.ts';
import type { Answer } from './http/answer.ts';
import type { RequestHead } from './http/requestHead.ts';
import { connectOutside, join, type OutsideConnection } from './outside.ts';

/** What a gateway gives its connections. */
export interface ConnectionServices {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly localPort: number;
  /** What a secret allows; undefined for one that was not given out. */
  readonly trustOf: (secret: string) => Trust | undefined;
  /** Whether a host is one of the names. */
  readonly isServed: (host: string) => boolean;
  /** The answer to a request for the gateway itself. */
  readonly ownPage: (head: RequestHead) => Answer;
  /** The answer to a request that is refused. */
  readonly refusalPage: (
    error: CodedError,
    head: RequestHead,
    destination: Destination | undefined,
  ) => Answer;
  /** A connection was refused. @param destination where it wanted to go, if it said so */
  readonly onRefused: (error: CodedError, destination: string | undefined) => void;
}

/** What a program may do that has shown a secret. */
export interface Trust {
  /** The environment that it was started with: how it would reach what is outside the namespaces. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The namespaces that its search list begins with. */
  readonly namespaces: readonly string[];
}

/** One connection to the gateway, until it is handed over or refused. */
export interface GatewayConnection {
  readonly socket: Socket;
  readonly address: BoundAddress;
  readonly reader: HeadReader;
  /** Aborted when the client has left. */
  readonly gone: AbortSignal;
  readonly services: ConnectionServices;
}

/** Where a connection goes: to a pod, or past the cluster. */
export type Way =
  | { readonly type: 'pod'; readonly route: Route }
  | ({ readonly type: 'outside' } & OutsideConnection);

/**
 * Finds the way to a host: a pod if it is one of the names, else past the cluster for a program that has shown a secret.
 * @throws CodedError why there is none
 */
export async function findWay(
  { gone, services }: GatewayConnection,
  destination: { readonly host: string; readonly port: number },
  scheme: 'http' | 'https',
  trust: Trust | undefined,
): Promise<Way> {
  const { dispatcher, localPort } = services;
  try {
    return {
      type: 'pod',
      route: await dispatcher.route({ ...destination, search: trust?.namespaces ?? [] }, gone),
    };
  } catch (error) {
    const isElsewhere =
      isCoded(error, 'NAME_OUTSIDE') || (isCoded(error, 'NAME_UNKNOWN') && !destination.host.includes('.'));
    if (trust === undefined || !isElsewhere) throw error;
    return {
      type: 'outside',
      ...(await connectOutside(trust.environment, scheme, destination, localPort, gone)),
    };
  }
}

/** Leads the connection on. What was not consumed of it goes first. */
export function follow({ socket, address, services }: GatewayConnection, way: Way): void {
  if (way.type === 'pod') services.dispatcher.carry(way.route, socket, address);
  else void join(socket, way.server);
}
