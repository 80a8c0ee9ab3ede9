import { isIP } from 'node:net';
import type { Writable } from 'node:stream';
import type { Clock } from '../base/async.ts';
import { CodedError } from '../base/errors.ts';
import type { BoundAddress, PortPair } from '../kinds/ports.ts';
import { isPort } from '../kinds/ports.ts';
import type { TransportName } from '../kinds/transports.ts';
import type { RestConfig } from '../rest/restConfig.ts';
import type { ConnectionCounts } from './connectionCounts.ts';
import type { OpenTapPlace } from './connectionTap.ts';
import type { ForwardEvent } from './events.ts';
import type { ListenerLender } from './listener.ts';
import type { PodReference } from './transport/transport.ts';
import type { TransportMemory } from './transport/transportMemory.ts';

/** The part of a request that a program gives as it is, whichever way it names the cluster and the pod. */
export interface ForwardSettings {
  /** At least one pair. Local ports other than 0 differ. */
  readonly ports: readonly PortPair[];
  /** Optional, default `['localhost']`, both loopback addresses. IP addresses of this machine are the other choice. */
  readonly addresses?: readonly string[];
  /** Optional. Streams for the lines that kubectl prints. The forward does not end them. */
  readonly streams?: { readonly out: Writable; readonly err: Writable };
  /** Ends the forward when it is aborted. */
  readonly stop: AbortSignal;
  /** Optional. Called once, with the local addresses, when traffic can pass. */
  readonly ready?: (addresses: readonly BoundAddress[]) => void;
  /** Optional. Called with every step of the forward's life and of every connection's. */
  readonly onEvent?: (event: ForwardEvent) => void;
  /** Optional, default whichever works. */
  readonly transport?: TransportName;
}

/** All that one forward needs: what to reach, where to listen, whom to tell, and when to end. */
export interface PortForwardRequest extends ForwardSettings {
  readonly restConfig: RestConfig;
  readonly pod: PodReference;
  /** What is known of the server's transports; shared by all forwards to it. */
  readonly transportMemory?: TransportMemory;
  /**
   * Who listens instead, on behalf of this forward and those that follow it. `addresses` are of no use then, and `ports` may be
   * empty: each connection comes with its remote port.
   */
  readonly listener?: ListenerLender;
  /** Ends the forward gently: it takes no new connection, carries the open ones to their end, and then resolves. */
  readonly drain?: AbortSignal;
  /** Whether a tunnel is dialled when the last one was lost; by default it is. Who chooses another pod then says no. */
  readonly redials?: boolean;
  /** Where the connections are counted, for who counts over several forwards. */
  readonly counts?: ConnectionCounts;
  /** Optional. Called for each connection that begins, for who looks on from the side. */
  readonly openTapPlace?: OpenTapPlace;
  readonly clock?: Clock;
}

/** @throws CodedError `INVALID_PORT`, `DUPLICATE_LOCAL_PORT`, `INVALID_ADDRESS` or `USAGE` */
export function validateRequest(request: Pick<PortForwardRequest, 'ports' | 'addresses' | 'listener'>): void {
  if (request.ports.length === 0 && request.listener === undefined)
    throw new CodedError('USAGE', { reason: 'give at least one port' });
  const seen = new Set<number>();
  for (const { local, remote } of request.ports) {
    if (!isPort(local, 0) || !isPort(remote, 1)) {
      throw new CodedError('INVALID_PORT', { text: `${local}:${remote}` });
    }
    if (local !== 0 && seen.has(local)) throw new CodedError('DUPLICATE_LOCAL_PORT', { port: local });
    seen.add(local);
  }
  validateAddresses(request.addresses ?? ['localhost']);
}

/** @throws CodedError `INVALID_ADDRESS` for a list that is empty, or has more than `localhost` and IP addresses */
export function validateAddresses(addresses: readonly string[]): void {
  if (addresses.length === 0) throw new CodedError('INVALID_ADDRESS', { address: '' });
  for (const address of addresses) {
    if (address !== 'localhost' && isIP(address) === 0) throw new CodedError('INVALID_ADDRESS', { address });
  }
}
