import { onAbort } from '../base/async.ts';
import { defined } from '../base/defined.ts';
import { CodedError } from '../base/errors.ts';
import { loadTap } from '../inspect/loadTap.ts';
import type { Exchange } from '../kinds/exchange.ts';
import { forwardPod } from '../portforward/forwardPod.ts';
import { type ForwardSettings, validateRequest } from '../portforward/request.ts';
import { callProgram } from './callProgram.ts';
import { type ClusterOptions, clusterOf } from './clusterOptions.ts';

/** The options of {@link portForwardPod}: the cluster, the pod, the ports, and the stop signal. */
export interface PodForwardRequest extends ClusterOptions, ForwardSettings {
  readonly pod: {
    readonly name: string;
    /** Optional. See {@link PortForwardOptions.namespace}. */
    readonly namespace?: string;
  };
  /** Optional. See {@link PortForwardOptions.onExchange}. */
  readonly onExchange?: (exchange: Exchange) => void;
}

/**
 * Forwards local TCP ports to one pod, like client-go's `portforward.PortForwarder.ForwardPorts`. Resolves after
 * `request.stop` is aborted and everything has been closed. If a connection of a local client fails, the other
 * connections continue. If the pod is lost, the forward ends: to reconnect, use {@link portForward}.
 * @throws CodedError with a `code`. Before any network access: `INVALID_PORT`, `DUPLICATE_LOCAL_PORT`,
 *   `INVALID_ADDRESS`, `USAGE`, and the errors of reading a kubeconfig. Before the local ports are bound: the errors of
 *   connecting to the pod, such as `UNREACHABLE`, `TLS`, `UNAUTHORIZED`, `FORBIDDEN` and `POD_NOT_FOUND`. When binding
 *   fails: `PORT_IN_USE`, `PORT_NOT_PERMITTED`, `PORT_RESERVED` or `ADDRESS_NOT_AVAILABLE`. After that, if the pod is
 *   lost: `LOST_CONNECTION`, `UNAUTHORIZED`, `FORBIDDEN` or `POD_NOT_FOUND`.
 */
export async function portForwardPod(request: PodForwardRequest): Promise<void> {
  validateRequest(request);
  const { restConfig, namespace } = await clusterOf(request);
  const { pod, onExchange, onEvent, stop } = request;
  const createTapOwner = onExchange && (await loadTap(onExchange));
  // The program's signal may come from another implementation of AbortSignal, which lacks methods of Node's signals.
  // Therefore `forwardPod` gets a signal of Node, which is aborted at the same time.
  const stopping = new AbortController();
  using _ = onAbort(stop, () => stopping.abort(new CodedError('STOPPED')));
  await forwardPod({
    ...request,
    restConfig,
    pod: { name: pod.name, namespace: pod.namespace ?? namespace },
    stop: stopping.signal,
    ...(onEvent && { onEvent: (event) => callProgram(onEvent, event) }),
    ...defined({ createTapOwner }),
  });
}
