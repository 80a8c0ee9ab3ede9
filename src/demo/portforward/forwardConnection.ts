import type { Duplex, Writable } from 'node:stream';
import type { FaultRegistry } from '../faults.ts';
import { sandboxId } from '../objects/podStates.ts';
import type { Pod } from '../objects/types.ts';
import { ConnectionResetError } from '../pods/podConnection.ts';
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

/**
 * Joins the client's streams with a connection into the pod, until both have ended. What goes wrong is told as a
 * kubelet tells it: the data stream ends, then a text on the error stream, then its end.
 */
export function forwardConnection(
  network: PodNetwork,
  faults: FaultRegistry,
  target: ForwardTarget,
  streams: ForwardStreams,
): void {
  const { data } = streams;
  // Cut off by the client, or with its tunnel: `close` follows.
  data.on('error', () => {});
  streams.error.on('error', () => {});
  let connection: Duplex;
  try {
    connection = network.connect(target.pod, target.port);
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    data.resume();
    fail(target, streams, error.message);
    return;
  }
  const limit = faults.portFault('resetPort', target.pod, target.port)?.afterBytes;
  join(target, streams, connection, limit);
}

function join(
  target: ForwardTarget,
  streams: ForwardStreams,
  connection: Duplex,
  limit: number | undefined,
): void {
  const { data, error } = streams;
  let left = limit ?? Number.POSITIVE_INFINITY;
  let hasFailed = false;
  let isCutOff = false;
  connection.on('data', (chunk: Buffer) => {
    const part = chunk.length <= left ? chunk : chunk.subarray(0, left);
    left -= part.length;
    if (part.length > 0 && !data.write(part)) connection.pause();
    if (left <= 0) connection.destroy(new ConnectionResetError());
  });
  data.on('drain', () => connection.resume());
  connection.on('end', () => data.end());
  data.pipe(connection);
  connection.on('error', () => {
    // The client's own reset is no news to it.
    if (isCutOff) return;
    hasFailed = true;
    data.resume();
    fail(target, streams, inNetworkNamespace(target.pod, resetText(target.port)));
  });
  connection.on('close', () => {
    if (hasFailed) return;
    data.end();
    data.resume();
    error.end();
  });
  data.on('close', () => {
    if (data.readableEnded && data.writableFinished) return;
    isCutOff = true;
    connection.destroy(new ConnectionResetError());
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
