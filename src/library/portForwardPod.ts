import { onAbort } from '../base/async.ts';
import { DisposableStore } from '../base/disposable.ts';
import { CodedError } from '../base/errors.ts';
import { loadTap } from '../inspect/loadTap.ts';
import type { Exchange } from '../kinds/exchange.ts';
import { forwardPod } from '../portforward/forwardPod.ts';
import { type ForwardSettings, validateRequest } from '../portforward/request.ts';
import { callProgram } from './callProgram.ts';
import { type ClusterOptions, clusterOf } from './clusterOptions.ts';

/** One forward to one pod: the cluster, the pod, the ports, and the stop signal. */
export interface PodForwardRequest extends ClusterOptions, ForwardSettings {
  readonly pod: {
    readonly name: string;
    /** Optional, default the namespace of the kubeconfig's context, else `default`. */
    readonly namespace?: string;
  };
  /** Optional. Like {@link PortForwardOptions.onExchange}. */
  readonly onExchange?: (exchange: Exchange) => void;
}

/**
 * Forwards local TCP ports to one pod. Resolves with nothing left behind when `request.stop` is aborted. The counterpart of
 * client-go's `portforward.PortForwarder.ForwardPorts`. A failed connection does not affect the others. A lost pod ends the forward. Use
 * {@link portForward} to reconnect.
 *
 * @throws CodedError with a `code`: `INVALID_PORT`, `DUPLICATE_LOCAL_PORT`, `INVALID_ADDRESS` or `USAGE` before the network is touched;
 *   `UNREACHABLE`, `TLS`, `UNAUTHORIZED`, `FORBIDDEN`, `POD_NOT_FOUND` or the like before anything listens; `PORT_IN_USE`,
 *   `PORT_NOT_PERMITTED` or `ADDRESS_NOT_AVAILABLE`; `LOST_CONNECTION` later.
 */
export async function portForwardPod(request: PodForwardRequest): Promise<void> {
  validateRequest(request);
  const { restConfig, namespace } = await clusterOf(request);
  const { pod, onExchange, onEvent, stop } = request;
  const openTapPlace = onExchange && (await loadTap(onExchange));
  const stopped = new CodedError('STOPPED');
  // Ended by the program's signal or by an error of `ready`, whichever comes first.
  const ending = new AbortController();
  using owned = new DisposableStore();
  owned.add(onAbort(stop, () => ending.abort(stopped)));
  await forwardPod({
    ...request,
    restConfig,
    pod: { name: pod.name, namespace: pod.namespace ?? namespace },
    stop: ending.signal,
    ready: (addresses) => {
      // The callback may be asynchronous, although its type says nothing about that.
      const result: unknown = request.ready?.(addresses);
      Promise.resolve(result).catch((error: unknown) => ending.abort(error));
    },
    ...(onEvent && { onEvent: (event) => callProgram(onEvent, event) }),
    ...(openTapPlace && { openTapPlace }),
  });
  if (ending.signal.reason !== stopped) ending.signal.throwIfAborted();
}
