import type { Duplex, Writable } from 'node:stream';
import type { Clock } from '../../base/async.ts';
import { defined } from '../../base/defined.ts';
import type { FaultRegistry } from '../faults.ts';
import { sandboxId } from '../objects/podStates.ts';
import type { Pod } from '../objects/types.ts';
import { type ContainerRuntime, joinStreams } from './containerRuntime.ts';
import { ConnectError, inNetworkNamespace, type PodNetwork } from './podNetwork.ts';

export interface ForwardTarget {
  readonly pod: Pod;
  readonly port: number;
}

/** The client's side of one forwarded connection. */
export interface ForwardStreams {
  readonly data: Duplex;
  readonly error: Writable;
}

export interface ForwardConnectionOptions {
  readonly network: PodNetwork;
  readonly faults: FaultRegistry;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
}

/**
 * Connects the client's streams to a port of a pod, as a container runtime does. Reports a failure as a kubelet does:
 * ends the data stream, then sends a text on the error stream, and ends the error stream.
 */
export function forwardConnection(
  { network, faults, runtime, clock }: ForwardConnectionOptions,
  target: ForwardTarget,
  streams: ForwardStreams,
): void {
  const { data, error } = streams;
  // Ignores errors: a stream emits an error if the client resets it or the tunnel ends. `joinStreams` notices the end
  // of the stream by its `close` event, which follows the error.
  data.on('error', () => {});
  error.on('error', () => {});
  let connection: Duplex;
  try {
    connection = network.connect(target.pod, target.port);
  } catch (reason) {
    if (!(reason instanceof ConnectError)) throw reason;
    data.resume();
    fail(target, streams, reason.message);
    return;
  }
  const resetAfterBytes = faults.portFault('resetPort', target.pod, target.port)?.afterBytes;
  joinStreams(runtime, {
    client: data,
    pod: connection,
    clock,
    ...defined({ resetAfterBytes }),
    onEnd(isPodReset) {
      data.resume();
      if (isPodReset) return fail(target, streams, inNetworkNamespace(target.pod, resetText(target.port)));
      data.end();
      error.end();
    },
  });
}

function fail({ pod, port }: ForwardTarget, { data, error }: ForwardStreams, reason: string): void {
  const text = `error forwarding port ${port} to pod ${sandboxId(pod)}, uid : ${reason}`;
  if (data.destroyed) error.end(text);
  else data.end(() => error.end(text));
}

function resetText(port: number): string {
  return `read tcp4 127.0.0.1:${port}: read: connection reset by peer`;
}
