import type { RequestLogMode } from '../kinds/exchange.ts';
import type { ForwardCounters } from '../kinds/forwardCounters.ts';
import type { LocalAddress, LocalPort } from '../kinds/ports.ts';
import type { TransportName } from '../kinds/transports.ts';
import type { PluginTerms, TargetReference } from './clustersContract.ts';
import type { Holder, HolderSnapshot } from './holdersContract.ts';
import { type ErrorInfo, NotificationType, RequestType, RequestType0 } from './messages.ts';

// The part of the contract about forwards.

export interface ForwardSpecification {
  readonly target: TargetReference;
  /** The port to forward to: a number, or the name that the target (such as a pod or Service) declares for the port. */
  readonly remotePort: number | string;
  readonly localPort: LocalPort;
  /** The address to listen on: `localhost` or an IP address of this machine. */
  readonly address: string;
  readonly label?: string;
  /**
   * If `remotePort` is a number: the name that the target declares for this port, such as `http`. A window guesses from
   * the name whether the port speaks HTTP or HTTPS. Optional.
   */
  readonly portName?: string;
  /**
   * The `appProtocol` that a Service declares for this port, such as `https`. If it is given, a window uses it instead
   * of the port's name to find out whether the port speaks HTTP or HTTPS. Optional.
   */
  readonly appProtocol?: string;
  readonly transport?: TransportName;
  /**
   * How long the first attempt waits for a running pod before it fails, in milliseconds. Optional, default the host's
   * own limit.
   */
  readonly podRunningTimeoutMs?: number;
  /**
   * How long the forward waits for its target to exist again, if the target is deleted after the forward has been
   * connected to a pod. After this time, in milliseconds, the forward fails. Optional, default 10 minutes. 0 means no
   * wait.
   */
  readonly waitForTargetMs?: number;
  /**
   * True to forward only to Ready pods. Optional, default false: if no pod is Ready at the start, the forward uses a
   * running pod that is not Ready.
   */
  readonly requiresReady?: boolean;
  /**
   * A text that the client chooses. All snapshots of the forward contain it in their `specification`. A snapshot may
   * arrive before the response to {@link startForward}, and the client then recognizes its forward by this text.
   */
  readonly clientToken?: string;
  /**
   * The mode of the request log. Optional, default `off`. If the forward already runs and its log is on, the log keeps
   * its mode.
   */
  readonly requestLog?: RequestLogMode;
}

/** The forward to start, and the holder (the user of the forward) to add. */
export interface StartForward extends ForwardSpecification {
  /** Optional, default a holder of the kind `window`. */
  readonly holder?: Holder;
}

/**
 * The times of an outage, in milliseconds since the epoch. At `sinceMs`, the forward lost its connection to the pod or,
 * if it never had a connection, its first attempt failed. At `lastTryMs`, it last tried to reach a pod or the API
 * server.
 */
export interface Outage {
  readonly sinceMs: number;
  readonly lastTryMs: number;
}

export type ForwardState =
  | {
      /** The forward has not been connected to a pod yet. */
      readonly type: 'starting';
      /** The reason why the forward waits, such as `WAITING_FOR_POD`. */
      readonly waiting?: ErrorInfo;
      /** The reason why the last attempt failed. Another attempt follows. */
      readonly error?: ErrorInfo;
      readonly outage?: Outage;
    }
  | {
      readonly type: 'ready';
      readonly pod: string;
      readonly transport: TransportName;
      /** A warning that the pod is not Ready. The forward works nevertheless: local clients can connect to the pod. */
      readonly warning?: ErrorInfo;
    }
  | {
      readonly type: 'reconnecting';
      readonly error: ErrorInfo;
      readonly attempt: number;
      readonly outage?: Outage;
      /**
       * The tunnel (the connection to the pod) that local clients can already use, although the forward still waits for
       * the pod to become Ready. Missing while there is no tunnel.
       */
      readonly tunnel?: { readonly pod: string; readonly transport: TransportName };
    }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' }
  | { readonly type: 'failed'; readonly error: ErrorInfo };

/** The local addresses on which a forward or a gateway listens. */
export interface BoundSnapshot {
  /** The first bound address: `127.0.0.1:8080`. Missing while no port is bound. */
  readonly localAddress?: string;
  readonly localPort?: number;
  /**
   * All bound addresses, {@link localAddress} first. If the specification says `localhost`, these are usually both
   * loopback addresses, `127.0.0.1` and `::1`.
   */
  readonly localAddresses?: readonly LocalAddress[];
  /** The preferred local port, if it was not free and another port is used instead. */
  readonly replacedPort?: number;
}

/** The complete state of a forward. */
export interface ForwardSnapshot extends BoundSnapshot {
  /**
   * A UUID. No other forward or gateway ever has the same id, not even in another host: a notification may stay open
   * longer than its host runs, and its buttons must not act on a forward of the next host.
   */
  readonly id: string;
  readonly specification: ForwardSpecification;
  readonly state: ForwardState;
  readonly holders: readonly HolderSnapshot[];
  readonly remotePort?: number;
  /**
   * The name of the program or other forward that uses `replacedPort`, such as `node (PID 123)`. Missing if it is not
   * known. This is not a {@link Holder}.
   */
  readonly replacedPortHolder?: string;
  readonly counts: ForwardCounters;
  /** The error of the latest failed connection of a local client. The forward itself may still be ready. */
  readonly lastConnectionError?: ErrorInfo;
  /** The mode of the request log. Missing in snapshots of older hosts. */
  readonly requestLog?: RequestLogMode;
}

/**
 * Starts a forward and adds the holder (the user of the forward). If a forward with the same specification runs, adds
 * the holder to that forward instead. Resolves once the forward is ready, or its first attempt to connect has failed.
 * The state in the result tells which, and whether another attempt follows.
 */
export const startForward = new RequestType<StartForward, ForwardSnapshot>('forwards/start');
/**
 * Releases a holder. If the forward has no other holder, it ends. To cancel the start of a forward, a client can send
 * this request even before the host has answered {@link startForward}.
 */
export const releaseForward = new RequestType<{ readonly holder: string }, void>('forwards/release');
/**
 * Stops a forward for all its holders, at the request of a user, and removes it from the list. {@link restoreForward}
 * can undo this.
 */
export const stopForward = new RequestType<{ readonly id: string }, void>('forwards/stop');
/**
 * Restores a forward that a user has just stopped, with the same id and on the same local port. The forward gets its
 * earlier holders back, except those that have been released since the stop. If no holder is left, the forward gets
 * `holder`. The host forgets a stopped forward after a few minutes. After that, this request fails with
 * `FORWARD_NOT_FOUND`.
 */
export const restoreForward = new RequestType<
  { readonly id: string; readonly holder: Holder },
  ForwardSnapshot
>('forwards/restore');
/**
 * Stops all forwards and gateways for all holders, at the request of a user. Resolves with the number of forwards and
 * gateways.
 */
export const stopAllForwards = new RequestType0<number>('forwards/stopAll');
export const restartForward = new RequestType<RestartForward, ForwardSnapshot>('forwards/restart');

export interface RestartForward {
  readonly id: string;
  /**
   * The workspaces and the exec plugin of the client. The host adds the workspaces to those that it knows for the
   * forward, and from now on allows the plugin. Optional, default: no change.
   */
  readonly plugins?: PluginTerms;
}
export const changeLocalPort = new RequestType<
  { readonly id: string; readonly port: number },
  ForwardSnapshot
>('forwards/changeLocalPort');
export const setLabel = new RequestType<{ readonly id: string; readonly label: string }, void>(
  'forwards/setLabel',
);
export const listForwards = new RequestType0<readonly ForwardSnapshot[]>('forwards/list');
/** All forwards. Sent when one of them changes, but at most once a second if only their counters change. */
export const forwardsChanged = new NotificationType<readonly ForwardSnapshot[]>('forwards/changed');
