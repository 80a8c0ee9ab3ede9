import type { Writable } from 'node:stream';
import { DEFAULT_ADDRESSES, isListenAddress } from '../base/address.ts';
import type { Clock } from '../base/async.ts';
import { CodedError, usage } from '../base/errors.ts';
import type { ForwardEvent, PodReference } from '../kinds/forwardNotice.ts';
import type { BoundAddress, PortPair } from '../kinds/ports.ts';
import { checkLocalPorts, isPort } from '../kinds/ports.ts';
import type { TransportName } from '../kinds/transports.ts';
import type { RestConfig } from '../rest/restConfig.ts';
import type { ConnectionCounts } from './connectionCounts.ts';
import type { CreateTapOwner } from './connectionTap.ts';
import type { ConnectionSource } from './listener.ts';
import type { TransportMemory } from './transport/transportMemory.ts';

/** The settings of a forward that do not depend on how the caller specifies the cluster and the pod. */
export interface ForwardSettings {
  /** Pairs of a local and a remote port, at least one. No two pairs have the same local port, except 0. */
  readonly ports: readonly PortPair[];
  /**
   * `localhost` (which means 127.0.0.1 and ::1) and IP addresses of this machine. Optional, default `['localhost']`.
   */
  readonly addresses?: readonly string[];
  /**
   * The streams for the lines that scripts and users of kubectl expect, such as `Forwarding from 127.0.0.1:8080 -> 80`.
   * The forward writes to the streams, but does not close them. Optional.
   */
  readonly streams?: { readonly out: Writable; readonly err: Writable };
  /** Ends the forward when aborted. */
  readonly stop: AbortSignal;
  /**
   * Called once, with the local addresses, when the forward can carry connections. If the callback throws or its
   * promise rejects, the forward ends with this error. Optional.
   */
  readonly ready?: (addresses: readonly BoundAddress[]) => void;
  /** Called at each step of the forward and of its connections. Optional. */
  readonly onEvent?: (event: ForwardEvent) => void;
  /** The only transport to use. Optional, default: the first transport that works. */
  readonly transport?: TransportName;
}

/** The complete request for one forward: the pod, the local ports, the callbacks and the stop signal. */
export interface EngineRequest extends ForwardSettings {
  readonly restConfig: RestConfig;
  readonly pod: PodReference;
  /**
   * Remembers the transports that have failed, so that these transports are tried last when the next tunnels are
   * opened. Shared by all attempts (calls of `forwardPod`) of a session. Optional, default: a new, empty memory.
   */
  readonly transportMemory?: TransportMemory;
  /**
   * A listener that outlives this forward and also serves the session's next calls of `forwardPod`. Optional. With such
   * a listener, `addresses` is ignored, because the listener has its own addresses. `ports` may be empty if the
   * listener specifies the remote port of each connection itself.
   */
  readonly listener?: ConnectionSource;
  /**
   * Drains the forward when aborted: the forward accepts no new connections, waits until the open connections have
   * ended, and resolves. Optional.
   */
  readonly drain?: AbortSignal;
  /**
   * Whether to open a new tunnel to the same pod after the last tunnel was lost. Optional, default true. A session
   * passes false, because after such a loss it starts a new attempt, which may choose another pod.
   */
  readonly redials?: boolean;
  /**
   * Counts the connections and their bytes. To count all connections of a session, pass the same object to each call of
   * `forwardPod`. Optional, default: a new object for this forward.
   */
  readonly counts?: ConnectionCounts;
  /**
   * Called for each new connection. The property `tap` of the result is an object that sees all bytes of the
   * connection, for example to log them. Optional, default: no taps.
   */
  readonly createTapOwner?: CreateTapOwner;
  /**
   * Called with the length of each chunk that is carried, in either direction. For example, `scavengingForward`
   * counts these bytes, to run the garbage collector after every 8 MB. Optional.
   */
  readonly onPayload?: (bytes: number) => void;
  readonly clock?: Clock;
}

/**
 * Checks the ports and addresses of a request.
 * @throws CodedError `INVALID_PORT`, `DUPLICATE_LOCAL_PORT`, `INVALID_ADDRESS` or `USAGE`
 */
export function validateRequest(request: Pick<EngineRequest, 'ports' | 'addresses' | 'listener'>): void {
  if (request.ports.length === 0 && request.listener === undefined) throw usage('specify at least one port');
  for (const { local, remote } of request.ports) {
    if (!isPort(local, 0) || !isPort(remote, 1)) {
      throw new CodedError('INVALID_PORT', { text: `${local}:${remote}` });
    }
  }
  checkLocalPorts(request.ports.map(({ local }) => local));
  validateAddresses(request.addresses ?? DEFAULT_ADDRESSES);
}

/**
 * Checks the addresses to listen on.
 * @throws CodedError `INVALID_ADDRESS` for an empty list or for an element that is neither `localhost` nor an IP
 *   address
 */
export function validateAddresses(addresses: readonly string[]): void {
  if (addresses.length === 0) throw new CodedError('INVALID_ADDRESS', { address: '' });
  for (const address of addresses) {
    if (!isListenAddress(address)) throw new CodedError('INVALID_ADDRESS', { address });
  }
}
