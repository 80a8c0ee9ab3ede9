import type { Writable } from 'node:stream';
import type { ForwardEvent } from '../portforward/events.ts';
import type { BoundAddress } from '../portforward/listener.ts';
import { portForwardPod as forwardPod } from '../portforward/portForwardPod.ts';
import { type PortPair, validateRequest } from '../portforward/request.ts';
import type { TransportName } from '../portforward/transport/transport.ts';
import { type ClusterOptions, locate } from './clusterOptions.ts';

/** One forward to one pod: the cluster, the pod, the ports, and when to end. */
export interface PodForwardRequest extends ClusterOptions {
  readonly pod: {
    readonly name: string;
    /** Optional, default the namespace of the kubeconfig's context, else `default`. */
    readonly namespace?: string;
  };
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

/**
 * Forwards local TCP ports to one pod until `request.stop` is aborted, then resolves with nothing left behind. The counterpart of
 * client-go's `portforward.PortForwarder.ForwardPorts`. A connection that fails ends alone; a pod that is lost ends the forward. Use
 * {@link portForward} to reconnect.
 *
 * @throws CodedError with a `code`: `INVALID_PORT`, `DUPLICATE_LOCAL_PORT`, `INVALID_ADDRESS` or `USAGE` before the network is touched;
 *   `UNREACHABLE`, `TLS`, `UNAUTHORIZED`, `FORBIDDEN`, `POD_NOT_FOUND` or the like before anything listens; `PORT_IN_USE`,
 *   `PORT_NOT_PERMITTED` or `ADDRESS_NOT_AVAILABLE`; `LOST_CONNECTION` later.
 */
export async function portForwardPod(request: PodForwardRequest): Promise<void> {
  validateRequest(request);
  const { restConfig, namespace } = await locate(request);
  const { pod } = request;
  await forwardPod({
    ...request,
    restConfig,
    pod: { name: pod.name, namespace: pod.namespace ?? namespace },
  });
}
